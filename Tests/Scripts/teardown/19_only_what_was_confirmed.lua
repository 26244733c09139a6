-- Needs: the local cloud
-- What the plan could not look at nobody has confirmed: the audit names it, and deletes none of it. Reports of a project out of
-- scope stay, also when projects are not looked at.
local check = require "check"

for _, name in ipairs { "/aws/codebuild/sure-build", "/aws/codebuild/sure-other" } do
  aws.logs.create_log_group { logGroupName = name }
end
aws.sns.create_topic { Name = "sure-topic" }
local kind = teardown.kinds.log_group
local find = kind.find
kind.find = function() error("AccessDeniedException: not now") end
local plan = teardown.plan { prefixes = { "sure-", "/aws/codebuild/sure-" } }
kind.find = find
check.equal(plan:count(), 1)
local report = plan:run { yes = true }
check.equal(#report.gone, 1)
check.equal(#report.left, 2)
check.equal(#aws.logs.describe_log_groups({ logGroupNamePrefix = "/aws/codebuild/sure" }).logGroups, 2)
check.equal(teardown.clean(report), false)

local function report_group(name)
  aws.codebuild.create_report_group { name = name, type = "TEST", exportConfig = { exportConfigType = "NO_EXPORT" } }
end
report_group "sure-tests"
report_group "sure-api-tests"
build.project { name = "sure-api", role = roles.ensure({ name = "builder", service = "codebuild", allow = {} }).arn }
local narrow = teardown.plan { names = { build_project = { "sure" } }, only = { "report_group" } }
check.equal(narrow:count(), 1)
check.equal(narrow.resources[1].name, "sure-tests")
