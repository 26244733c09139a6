-- Needs: the local cloud
-- A late writer makes a log group again after it was deleted: the last look finds it and it goes too.
local check, fixtures = require "check", require "fixtures"

aws.logs.create_log_group { logGroupName = "case-logs" }
local kind = teardown.kinds.log_group
local delete, written_again = kind.delete, false
kind.delete = function(resource)
  delete(resource)
  if not written_again then
    written_again = true
    aws.logs.create_log_group { logGroupName = resource.name }
  end
end
local report = fixtures.take_down "case-"
kind.delete = delete
check.yes(written_again)
check.yes(teardown.clean(report))
check.equal(#aws.logs.describe_log_groups {}.logGroups, 0)
