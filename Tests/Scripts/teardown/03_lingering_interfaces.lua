-- A load balancer's interfaces linger after it is gone: its security group waits for them, and the blocker is named. On a
-- clock that this test drives: on the shortened one they may be gone before a busy machine looks.
local check, limited = require "check", require "limited"

local folder = fs.temp_directory "lingering"
local server = limited.start(folder, "--clock", "manual")
local said = server:run [[
  local check, fixtures = require "check", require "fixtures"
  local clock = script.env "AWS_ENDPOINT_URL" .. "/_awscicd/clock"
  task.background(function()
    while true do
      http.post(clock, { json = { advance = 1 } }):check()
      task.sleep(0.03)
    end
  end)
  local _, _, group = fixtures.balancer "case"
  local _, refused = aws.ec2.try.delete_security_group { GroupId = group }
  check.equal(refused.code, "DependencyViolation")
  check.yes(teardown.clean(fixtures.take_down "case-"))
]]
server:stop()
check.has(said, "security group case-sg for sg-", " ← eni-", "ELB app/case-alb/")
fs.remove(folder, { recursive = true })
