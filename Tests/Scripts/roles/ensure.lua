-- Needs: the local cloud
-- Roles from short descriptions: no wildcard by accident, brought up to date, read back; waiting until a new one is usable.
local check = require "check"

local made = roles.ensure {
  name = "ensure-role", service = "codebuild", tags = { team = "web" },
  allow = { roles.logs "/aws/codebuild/x", { "s3:GetObject", on = "arn:aws:s3:::b/*" } },
}
check.equal(made.created, true)
check.equal(tostring(made), roles.arn "ensure-role")
local again = roles.ensure {
  name = "ensure-role", service = "codebuild",
  allow = { {
    "s3:PutObject", on = { "arn:aws:s3:::b/*", "arn:aws:s3:::c/*" },
    when = { StringEquals = { ["aws:PrincipalTag/a"] = "b" } },
  } },
}
check.equal(again.created, false)
local statements = roles.read "ensure-role"
check.equal(#statements, 1, "the policy is replaced:")
check.equal(statements[1].Action, { "s3:PutObject" })
check.equal(#statements[1].Resource, 2)
check.equal(statements[1].Condition, { StringEquals = { ["aws:PrincipalTag/a"] = "b" } })

-- Nothing allowed is nothing left of what was.
roles.ensure { name = "ensure-role", service = "codebuild", allow = {} }
check.equal(#roles.read "ensure-role", 0)
roles.ensure {
  name = "ensure-role", service = "codebuild", allow = {}, boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess",
}
check.equal(aws.iam.get_role({ RoleName = "ensure-role" }).Role.PermissionsBoundary.PermissionsBoundaryArn,
  "arn:aws:iam::aws:policy/ReadOnlyAccess")

check.fails(function() roles.document { { "s3:*" } } end, 'the action "s3:*" has a wildcard')
check.equal(roles.document({ { "s3:Get*", wildcard = true } }).Statement[1].Action, { "s3:Get*" })
check.fails(function() roles.document { { "GetObject" } } end, 'is not an action such as "s3:GetObject"')
check.fails(function() roles.document { { "s3:GetObject", resource = "x" } } end, 'a statement knows no "resource"')
check.fails(function() roles.document { { on = "x" } } end, "names no action")
check.fails(function() roles.ensure { name = "x", service = "ec2", allows = {} } end, 'no option "allows"', '"allow"?')
check.fails(function() roles.ensure { name = "x" } end, "give service or trust")

-- No preset holds a wildcard action.
local instance = roles.ensure { name = "ensure-instance", service = "ec2", allow = roles.artifacts_read "b" }
for name, allow in pairs {
  build = roles.codebuild { project = "p", bucket = "b", parameters = { "/a" }, secrets = { "s" },
    packages = { domain = "d", repository = "r" }, reports = true },
  deploy = roles.codedeploy { instance_role = instance.arn, alarms = true },
  pipeline = roles.codepipeline { bucket = "b", repositories = { "r" }, projects = { "p" },
    deployments = { { application = "a", group = "g" } }, topics = { "arn:aws:sns:us-east-1:123456789012:t" } },
  events = roles.pipeline_start "p",
} do
  for _, statement in ipairs(roles.document(allow).Statement) do
    for _, action in ipairs(statement.Action) do check.lacks(action, "*", "?") end
    check.yes(statement.Resource, name)
  end
end

local profile = roles.instance_profile { name = "ensure-profile", role = instance }
check.equal(roles.instance_profile({ name = "ensure-profile", role = "ensure-instance" }).arn, profile.arn)

-- A misspelt option of a preset would leave a permission out without a word.
check.fails(function() roles.codepipeline { bucket = "b", repositores = {} } end, "ensure.lua", '(did you mean "repositories"?)')
check.fails(function() roles.codebuild { bucket = "b" } end, "roles.codebuild: project is missing")
check.fails(function() roles.codedeploy {} end, "roles.codedeploy: instance_role is missing")
check.fails(function() roles.arn() end, "roles.arn takes the name of a role, not a nil")
