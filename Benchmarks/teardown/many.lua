-- Makes many resources with one tag on a local cloud, and takes them down while the cloud throttles what is beyond the
-- services' published limits of calls a second. Arguments: how many (a multiple of 20).
--
-- Wants AWSCICD_RUN (the program) and AWSCICD_PATH (with Tests/Scripts), as scripts/bench-teardown.sh sets them.

local limited = require "limited"

local count = tonumber((...))
local folder = fs.temp_directory "bench-teardown"

local free = limited.start(folder)
free:run(([[require("many").make(%d, "project", "many")]]):format(count))
free:stop()

local server = limited.start(folder, "--call-limits")
local answer = json.decode(server:run [[
  local began = time.monotonic()
  local plan = teardown.plan { tag = { project = "many" } }
  local planned = time.monotonic() - began
  local report = plan:run { yes = true }
  print(json.encode { planned = planned, report = teardown.data(report) })
]])
local counted = server:stop()
fs.remove(folder, { recursive = true })

local report = answer.report
local seconds = answer.planned + report.seconds
print(("%d of %d resources gone in %.1f s, of which %.1f s to find them; %d calls, %d throttled (%.2f %%)"):format(
  #report.gone, count, seconds, answer.planned, counted.calls, counted.throttled, 100 * counted.throttled / counted.calls))

local services, names = {}, {}
for operation, one in pairs(counted.by) do
  local name = operation:match "^%S+"
  if not services[name] then
    services[name] = { calls = 0, throttled = 0 }
    names[#names + 1] = name
  end
  services[name].calls = services[name].calls + one.calls
  services[name].throttled = services[name].throttled + one.throttled
end
table.sort(names)
print(("%-18s %8s %10s %10s"):format("service", "calls", "a second", "throttled"))
for _, name in ipairs(names) do
  local one = services[name]
  print(("%-18s %8d %10.1f %10d"):format(name, one.calls, one.calls / seconds, one.throttled))
end
if not report.clean then
  print(json.encode(report.failed))
  script.exit(1)
end
