-- The capstone, or its teardown, is killed at some moment; a later teardown leaves nothing. The moments are drawn from a
-- seed: AWSCICD_SEED=n draws others, AWSCICD_KILLS=n draws more.
local check, series_run = require "check", require "series_run"

math.randomseed(tonumber(script.env "AWSCICD_SEED" or "16"))
local server <close>, environment = series_run.server "--quiet"
task.spawn(function() while server:read_line() do end end)  -- it must not wait for a reader

-- Runs a script and ends it by a signal after so many seconds, if it has not ended before.
local function killed(line, signal, seconds)
  local started = time.monotonic()
  local running <close> = series_run.start(line, { env = environment, stdout = "null", stderr = "null" })
  task.spawn(function()
    task.sleep(seconds)
    pcall(running.signal, running, signal)
  end)
  local result = running:wait()
  print(("%s, %s after %.2f s: ended after %.2f s, %s"):format(line, signal, seconds, time.monotonic() - started,
    result.signal and "signal " .. tostring(result.signal) or "status " .. tostring(result.status)))
  return result
end

local function take_down()
  local report = json.decode(series_run.output("teardown --yes --json", { env = environment }))
  check.yes(report.clean or report.count == 0, "a clean teardown")
  check.has(series_run.output("teardown --plan", { env = environment }), "Nothing to delete.")
end

for number = 1, tonumber(script.env "AWSCICD_KILLS" or "4") do
  local signal = number % 2 == 1 and "KILL" or "INT"
  if number % 4 < 2 then
    killed("capstone", signal, 0.3 + 12 * math.random())
  else
    series_run.run("capstone --keep --fault test", { env = environment })
    killed("teardown --yes", signal, 2.5 * math.random())
  end
  take_down()
end
