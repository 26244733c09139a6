-- Needs: the local cloud
-- A deployment in place, followed instance by instance and hook by hook: it fails with the hook's own output and is taken
-- back, is stopped, succeeds, and the site is asked all the time.
local check, fixtures = require "check", require "fixtures"
local poll = require "awscicd.support.poll"

local place = fleet.network(2)
local bucket = artifacts.bucket { name = "inplace-bundles" }
local instance = roles.ensure { name = "inplace-instance", service = "ec2", allow = roles.artifacts_read(bucket) }
roles.instance_profile { name = "inplace-profile", role = instance }
local role = roles.ensure {
  name = "inplace-deploy", service = "codedeploy", allow = roles.codedeploy { instance_role = instance.arn },
}
local balancer, targets = fixtures.balancer("inplace")
local template = fleet.launch_template {
  name = "inplace-lt", image = fleet.amazon_linux(), profile = "inplace-profile",
  user_data = fleet.web_server_data { page = "v1" },
}
local group = fleet.auto_scaling_group {
  name = "inplace-asg", template = template.id, subnets = place.subnets, size = 2, target_groups = { targets.arn },
}
group:wait_healthy(2)
deploy.application { name = "inplace" }
deploy.application { name = "inplace" }
local settings = {
  application = "inplace", name = "web", role = role, groups = { group.name }, target_group = "inplace-tg",
  config = deploy.config { name = "inplace-one-stays", healthy = 1 },
}
check.equal(deploy.group(settings).arn, deploy.group(settings).arn)
settings.blue_green = { wait = 3 }
check.fails(function() deploy.group(settings) end, '"wait"')

local appspec = [[
version: 0.0
os: linux
files:
  - source: /index.html
    destination: /var/www/html
file_exists_behavior: OVERWRITE
hooks:
  BeforeInstall:
    - location: before.sh
  ValidateService:
    - location: validate.sh
]]
local function release(version, validate, before)
  local revision = artifacts.upload {
    bucket = bucket, key = version .. ".zip",
    content = artifacts.zip {
      ["appspec.yml"] = appspec, ["index.html"] = version .. "\n", ["before.sh"] = before or "true\n",
      ["validate.sh"] = validate or "true\n",
    },
  }
  return deploy.start {
    application = "inplace", group = "web", bucket = bucket, key = revision.key, version = revision.version,
    overwrite = "OVERWRITE",
  }
end

-- One that goes well, while the site is asked: nothing fails.
local traffic, done = deploy.verify({ url = balancer.url, versions = { "v1", "v2" } }, function()
  local ended = release("v2"):wait { show = true, timeout = 600 }
  deploy.expect(balancer.url, "v2")
  return ended
end)
check.equal(done.status, "Succeeded")
check.equal(traffic.failed, 0, table.concat(traffic.failures, "; "))
check.yes(traffic.seen.v1 and traffic.seen.v2, "requests were answered by both versions:")

-- One whose hook fails: the error has the hook, its script and its output, and what took it back.
local broken = release("v3", "echo 'the shop is empty' >&2\nexit 7\n")
local problem = check.fails(function() broken:wait { timeout = 600 } end, "deployment " .. broken.id, "Failed",
  "ValidateService failed in validate.sh", "the shop is empty", "rolled back by d-")
check.lacks(problem, "BeforeInstall failed")
check.equal(broken:rollback():wait({ timeout = 600 }).status, "Succeeded")
deploy.expect(balancer.url, "v2")

-- One that is stopped while a hook runs goes no further.
local slow = release("v4", nil, "sleep 40\n")
poll.until_some(function()
  for _, target in ipairs(slow:targets()) do
    if target.event and target.event.name == "BeforeInstall" and target.event.status == "InProgress" then return true end
  end
end, { what = "the slow hook", timeout = 240 })
slow:stop { rollback = false }
check.equal(slow:wait({ raise = false, timeout = 600 }).status, "Stopped")
check.fails(function() slow:wait() end, "Stopped")
deploy.expect(balancer.url, "v2")

local history = deploy.history("inplace", "web", 10)
check.equal(#history, 4)
check.equal(#deploy.history("inplace", "web", 10, { status = { "Stopped" } }), 1)
check.fails(function() deploy.start { application = "inplace", group = "web" } end, "give bucket and key, or revision")
