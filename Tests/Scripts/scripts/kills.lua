-- The capstone, or its teardown, is killed in the middle of each of its parts, and teardown.lua then leaves nothing.
-- AWSCICD_KILLS=n adds n moments drawn by AWSCICD_SEED.
local check, series_run = require "check", require "series_run"

local server <close>, environment = series_run.server(nil, "--quiet")
task.spawn(function() while server:read_line() do end end)  -- it must not wait for a reader

-- A script, started; its standard error is told line by line to `on_line`, until it ends.
local function run(line, on_line)
  local running <close> = series_run.start(line, { env = environment, stdout = "null" })
  local text
  repeat
    text = running:read_line "stderr"
    if text then on_line(running, text) end
  until not text
  return running:wait()
end

local function take_down()
  local report = json.decode(series_run.output("teardown --yes --json", { env = environment }))
  check.yes(report.clean or report.count == 0, "a clean teardown")
  check.has(series_run.output("teardown --plan", { env = environment }), "Nothing to delete.")
end

local moments = {
  set_up = { "capstone", "== Fleet and load balancer", "KILL" },
  build = { "capstone", "BuildAndTest%s+InProgress", "KILL" },
  interrupted = { "capstone", "ManualApproval%s+InProgress", "INT" },
  switch = { "capstone", "Green.+AllowTraffic", "KILL" },
  teardown = { "capstone --fault test", "^%[.+ gone ", "KILL" },
  later_teardown = { "teardown --yes", "^%[.+ gone ", "KILL", before = "capstone --keep --fault test" },
}
for name, moment in pairs(moments) do
  if moment.before then series_run.run(moment.before, { env = environment }) end
  local sent = false
  local result = run(moment[1], function(running, text)
    if not sent and text:find(moment[2]) then
      sent = true
      running:signal(moment[3])
    end
  end)
  check.yes(sent, name .. " came to its moment:")
  if moment[3] == "KILL" then check.equal(result.signal, 9, name) else check.equal(result.status, 130, name) end
  take_down()
end

math.randomseed(tonumber(script.env "AWSCICD_SEED" or "16"))
for _ = 1, tonumber(script.env "AWSCICD_KILLS" or "0") do
  local after, started = 12 * math.random(), time.monotonic()
  local result = run("capstone", function(running)
    if time.monotonic() - started > after then pcall(running.signal, running, "KILL") end
  end)
  print(("killed after %.2f s: ended after %.2f s, %s"):format(after, time.monotonic() - started,
    result.signal and "by the signal" or "status " .. result.status))
  take_down()
end
