-- Needs: the local cloud
-- What cannot be looked at may be protected, or still in use: nothing that has to do with it goes because of that. And what a
-- service made for something protected is protected with it.
local check, fixtures = require "check", require "fixtures"

-- Runs `fn` while the kind cannot be listed.
local function unlisted(kind, fn)
  local find = teardown.kinds[kind].find
  teardown.kinds[kind].find = function() error("AccessDeniedException: not now") end
  local results = table.pack(pcall(fn))
  teardown.kinds[kind].find = find
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- A protected group. Its instances carry the name that is in scope, and not the tag that protects.
local place = fixtures.subnets()
local template = fleet.launch_template { name = "err-lt", image = fleet.amazon_linux() }
local group = fleet.auto_scaling_group {
  name = "err-asg", template = template.id, subnets = place.subnets, size = 1, tags = { Name = "err-web" },
}
aws.autoscaling.create_or_update_tags { Tags = { {
  ResourceType = "auto-scaling-group", ResourceId = group.name, Key = teardown.protection_tag, Value = "yes",
  PropagateAtLaunch = false,
} } }
group:wait_healthy(1)

local scope = { prefixes = { "err-" } }
local report = teardown.plan(scope):run { yes = true }
check.equal(fixtures.labels(report.protected), "auto_scaling_group err-asg")
check.has(tostring(report), "launch template err-lt", "Auto Scaling group err-asg still stands")

report = unlisted("auto_scaling_group", function() return teardown.plan(scope):run { yes = true } end)
check.equal(fixtures.labels(report.gone), "")
check.equal(fixtures.labels(report.protected), "instance err-web")
check.has(tostring(report), "it belongs to the Auto Scaling group err-asg", "launch template err-lt",
  "no Auto Scaling group could be looked at: a replacement launch would fail without its template")
check.equal(teardown.clean(report), false)

-- Also where instances alone are asked for.
report = teardown.plan({ prefixes = { "err-" }, only = { "instance" } }):run { yes = true }
check.equal(fixtures.labels(report.protected), "instance err-web")
check.equal(fixtures.running(), 1)

-- A role stays while the projects that may use it cannot be looked at.
fixtures.role("err-role", "codebuild")
report = unlisted("build_project", function()
  return teardown.plan({ names = { role = "err-role" }, only = { "role", "build_project" } }):run { yes = true }
end)
check.has(tostring(report), "kept: role err-role: no build project could be looked at: a service whose role is gone")
report = teardown.plan({ names = { role = "err-role" }, only = { "role" } }):run { yes = true }
check.equal(fixtures.labels(report.gone), "role err-role")

-- The groups of a protected application, the repositories of a protected domain, the reports and the log of a protected
-- project, and the copy that a deployment made for a protected group.
local tag = { [teardown.protection_tag] = "yes" }
local allow = roles.codedeploy { instance_role = fixtures.role "other-instance" }
local role = roles.ensure({ name = "other-role", service = "codedeploy", allow = allow }).arn
deploy.application { name = "err-app", tags = tag }
deploy.group { application = "err-app", name = "err-dg", role = role, groups = { group.name } }
artifacts.packages { domain = "err-domain", repository = "err-packages" }
aws.codeartifact.tag_resource {
  resourceArn = aws.codeartifact.describe_domain({ domain = "err-domain" }).domain.arn,
  tags = { { key = teardown.protection_tag, value = "yes" } },
}
build.project {
  name = "err-build", role = fixtures.role("builder", "codebuild"), tags = tag, artifacts = { type = "NO_ARTIFACTS" },
  source = { type = "NO_SOURCE", buildspec = "version: 0.2" },
}
aws.logs.create_log_group { logGroupName = "/aws/codebuild/err-build" }
aws.codebuild.create_report_group {
  name = "err-build-tests", type = "TEST", exportConfig = { exportConfigType = "NO_EXPORT" },
}
local copy = fleet.auto_scaling_group {
  name = "CodeDeploy_err-dg_d-0ABC123", template = template.id, subnets = place.subnets, size = 0,
}
report = fixtures.take_down "err-"
check.equal(fixtures.labels(report.gone), "")
check.equal(fixtures.labels(report.protected), table.concat({
  "auto_scaling_group " .. copy.name, "auto_scaling_group err-asg", "build_project err-build",
  "deployment_application err-app", "deployment_group err-app/err-dg", "log_group /aws/codebuild/err-build",
  "package_domain err-domain", "package_repository err-domain/err-packages", "report_group err-build-tests",
}, ", "))
check.has(tostring(report), "it belongs to err-app, which is protected", "it belongs to err-app/err-dg, which is protected")
