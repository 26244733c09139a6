-- Hundreds of resources on a cloud that throttles what is beyond the services' limits of calls a second: all go, and
-- hardly a call is refused.
local check, limited = require "check", require "limited"

local folder = fs.temp_directory "call-limits"

local free = limited.start(folder)
free:run [[require("many").make(300, "project", "many")]]
free:stop()

local server = limited.start(folder, "--call-limits")
-- Without any care, calls are refused: 40 at once are more than the three a second that AWS takes.
local refused = server:run [[
  local impatient = aws.client { retries = 1 }
  local refused = 0
  local tries = {}
  for at = 1, 40 do tries[at] = at end
  task.map(tries, function()
    local _, err = impatient.cloudwatch.try.delete_alarms { AlarmNames = { "none" } }
    if err and err:is("Throttling", "ThrottlingException") then refused = refused + 1 end
  end)
  print(refused)
]]
check.yes(tonumber(refused) > 0, "how many calls were refused")
server:stop()

server = limited.start(folder, "--call-limits")
local report = json.decode(server:run [[
  local report = teardown.plan { tag = { project = "many" } }:run { yes = true, timeout = 600 }
  print(json.encode(teardown.data(report)))
]])
local counted = server:stop()
check.yes(report.clean, json.encode(report.failed) .. json.encode(report.left) .. json.encode(report.problems))
check.equal(#report.gone, 300)
check.yes(counted.throttled * 20 <= counted.calls, ("%d of %d calls were throttled"):format(counted.throttled, counted.calls))
-- What one call takes together goes together.
check.yes(counted.by["cloudwatch DeleteAlarms"].calls <= 10, "calls that delete 45 alarms")
check.yes(counted.by["ssm DeleteParameters"].calls <= 30, "calls that delete 60 parameters")
fs.remove(folder, { recursive = true })
