-- Gates about the change and its surroundings: tests, alarms, a URL, the size of the change. Each function checks its
-- options when it is called, so that a misspelt limit is an error at once and not a gate without a limit.

local answers = require "awscicd.gate.answers"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local checks = {}

-- Every test of the execution's builds passed, at least `least` (1) ran, and every report is complete. Reports that are
-- still being made are waited for; a broken one holds.
function checks.tests_passed(options)
  options = options_of.check("gate.tests_passed", options, { least = "natural" })
  local least = options.least or 1
  return function(request)
    local tests = request.tests
    if tests.failed > 0 then
      local names = list.map(tests.failing, function(case) return case.name end)
      return answers.reject(("%d of %d tests failed%s"):format(tests.failed, tests.total,
        #names > 0 and ": " .. table.concat(names, ", ") or ""))
    end
    for _, report in ipairs(tests.reports or {}) do
      if report.status == "GENERATING" then
        return answers.wait(5, "the test report " .. tostring(report.name) .. " is being made")
      end
      if report.status ~= "SUCCEEDED" then
        return answers.hold(("the test report %s is %s"):format(tostring(report.name), tostring(report.status)))
      end
    end
    if tests.total < least then
      return answers.reject(("%d tests were reported, at least %d are wanted"):format(tests.total, least))
    end
    return answers.approve(("%d test%s passed"):format(tests.passed, tests.passed == 1 and "" or "s"))
  end
end

local function alarms_by_name(names)
  local found = {}
  for _, slice in ipairs(list.chunks(names, 100)) do
    for page in aws.cloudwatch.pages.describe_alarms {
      AlarmNames = slice, AlarmTypes = { "MetricAlarm", "CompositeAlarm" },  -- without the types, only metric alarms
    } do
      for _, alarm in ipairs(page.MetricAlarms or {}) do found[alarm.AlarmName] = alarm end
      for _, alarm in ipairs(page.CompositeAlarms or {}) do found[alarm.AlarmName] = alarm end
    end
  end
  return found
end

-- CloudWatch alarms, by name, are all OK and have been for `minutes` (0): gate.alarms_quiet { "web-5xx", minutes = 10 }.
-- Until then it waits; an alarm that does not exist holds.
function checks.alarms_quiet(options)
  options = options_of.check("gate.alarms_quiet", options, { "string", minutes = "positive" })
  local names = table.move(options, 1, #options, 1, {})
  if #names == 0 then error("gate.alarms_quiet: name at least one alarm", 2) end
  local seconds = (options.minutes or 0) * 60
  return function()
    local found, latest = alarms_by_name(names), nil
    for _, name in ipairs(names) do
      local alarm = found[name]
      if not alarm then return answers.hold(("there is no alarm %q"):format(name)) end
      if alarm.StateValue ~= "OK" then
        return answers.wait(30, ("alarm %s is in state %s"):format(name, tostring(alarm.StateValue)))
      end
      local since = alarm.StateTransitionedTimestamp or alarm.StateUpdatedTimestamp
      if not since then return answers.hold(("since when alarm %s is quiet is not known"):format(name)) end
      latest = math.max(latest or since, since)
    end
    local quiet = time.now() - latest
    if quiet < seconds then
      return answers.wait(math.max(1, seconds - quiet), ("the alarms have been quiet for %s of %s"):format(
        time.human(math.max(0, quiet)), time.human(seconds)))
    end
    return answers.approve(#names == 1 and "the alarm is quiet" or "all alarms are quiet")
  end
end

-- A URL answers as it should: { url =, status = 200, body = text that it holds, headers =, timeout = seconds (10), wait =
-- seconds until the next try (30) }. Anything else waits.
function checks.http_check(options)
  options = options_of.check("gate.http_check", options, {
    url = "!string", status = "integer", body = "string", headers = "table", timeout = "positive", wait = "positive",
  })
  return function()
    local ok, response = pcall(http.get, options.url, { timeout = options.timeout or 10, headers = options.headers })
    if not ok then return answers.wait(options.wait or 30, ("%s: %s"):format(options.url, tostring(response))) end
    if response.status ~= (options.status or 200) then
      return answers.wait(options.wait or 30, ("%s answered HTTP %d"):format(options.url, response.status))
    end
    if options.body and not response.body:find(options.body, 1, true) then
      return answers.wait(options.wait or 30, ("%s does not hold %q"):format(options.url, options.body))
    end
    return answers.approve(options.url .. " answers as it should")
  end
end

local function counted_lines(changes)
  local count = 0
  for _, change in ipairs(changes) do
    if change.binary and change.binary() then return nil, change.path end
    count = count + change.lines()
  end
  return count
end

-- The change is small: at most so many `files`, so many `lines` (removed and added), and only `paths` (a list of Lua
-- patterns, one of which each path has to match). Anything more holds: it needs a person. Binary files have no lines, so
-- with `lines` they need a person too.
function checks.change_at_most(options)
  options = options_of.check("gate.change_at_most", options, { files = "natural", lines = "natural", paths = "list" })
  if next(options) == nil then error("gate.change_at_most: give files, lines or paths", 2) end
  return function(request)
    local changes = request.changes
    if options.files and #changes > options.files then
      return answers.hold(("%d files changed, at most %d go without a person"):format(#changes, options.files))
    end
    for _, change in ipairs(options.paths and changes or {}) do
      if not list.find(options.paths, function(pattern) return change.path:find(pattern) end) then
        return answers.hold(change.path .. " changed, which needs a person")
      end
    end
    if options.lines then
      local count, binary = counted_lines(changes)
      if not count then return answers.hold(binary .. " is a binary file, which needs a person") end
      if count > options.lines then
        return answers.hold(("%d lines changed, at most %d go without a person"):format(count, options.lines))
      end
    end
    return answers.approve(("%d file%s changed"):format(#changes, #changes == 1 and "" or "s"))
  end
end

return checks
