-- Gates to combine with gate.all and gate.any.

local answers = require "awscicd.gate.answers"
local list = require "awscicd.support.list"

local helpers = {}

-- Every test of the execution's builds passed, and there was at least one (`least`).
function helpers.tests_passed(options)
  local least = options and options.least or 1
  return function(request)
    local tests = request.tests
    if tests.failed > 0 then
      return answers.reject(("%d of %d tests failed: %s"):format(tests.failed, tests.total,
        table.concat(list.map(tests.failing, function(case) return case.name end), ", ")))
    end
    if tests.total < least then
      return answers.reject(("%d tests were reported, at least %d are wanted"):format(tests.total, least))
    end
    return answers.approve(("%d tests passed"):format(tests.passed))
  end
end

-- CloudWatch alarms, by name, are all OK and have been for `minutes` (0).
function helpers.alarms_quiet(options)
  local minutes = options.minutes or 0
  return function()
    local described = aws.cloudwatch.describe_alarms { AlarmNames = list.map(options, tostring) }
    local all = list.append(list.append({}, described.MetricAlarms), described.CompositeAlarms)
    for _, name in ipairs(options) do
      if not list.find(all, function(alarm) return alarm.AlarmName == name end) then
        return answers.hold(("there is no alarm %q"):format(name))
      end
    end
    for _, alarm in ipairs(all) do
      if alarm.StateValue ~= "OK" then
        return answers.wait(30, ("alarm %s is in state %s"):format(alarm.AlarmName, alarm.StateValue))
      end
      local quiet = time.now() - (alarm.StateTransitionedTimestamp or alarm.StateUpdatedTimestamp or 0)
      if quiet < minutes * 60 then
        return answers.wait(math.max(1, minutes * 60 - quiet),
          ("alarm %s has been quiet for %.0f of %g minutes"):format(alarm.AlarmName, quiet // 60, minutes))
      end
    end
    return answers.approve(#all == 1 and "the alarm is quiet" or "all alarms are quiet")
  end
end

-- An HTTP check: { url =, status = 200, body = text to find, wait = seconds until the next try }.
function helpers.http_check(options)
  return function()
    local ok, response = pcall(http.get, options.url, { timeout = options.timeout or 10 })
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

-- The change is small: at most so many `files`, and `lines` added or removed; `paths` (Lua patterns) that may change.
function helpers.change_at_most(options)
  return function(request)
    local changes = request.changes
    if options.files and #changes > options.files then
      return answers.hold(("%d files changed, at most %d go without a person"):format(#changes, options.files))
    end
    if options.paths then
      for _, change in ipairs(changes) do
        if not list.find(options.paths, function(pattern) return change.path:find(pattern) end) then
          return answers.hold(change.path .. " changed, which needs a person")
        end
      end
    end
    if options.lines then
      local count = 0
      for _, change in ipairs(changes) do count = count + change.lines() end
      if count > options.lines then
        return answers.hold(("%d lines changed, at most %d go without a person"):format(count, options.lines))
      end
    end
    return answers.approve(("%d file%s changed"):format(#changes, #changes == 1 and "" or "s"))
  end
end

-- Only at certain hours: { from = "09:00", to = "17:00", days = { "Mon", ... }, zone = "UTC" }. Outside, it waits.
function helpers.window(options)
  local function minutes(text)
    local hour, minute = text:match("^(%d%d?):(%d%d)$")
    if not hour then error(("gate.window: %q is not a time like 09:00"):format(tostring(text)), 3) end
    return hour * 60 + minute
  end
  local from, to = minutes(options.from or "00:00"), minutes(options.to or "24:00")
  return function(request)
    local now = time.date(request.now, options.zone or "UTC")
    local at = now.hour * 60 + now.minute
    local inside = from <= to and (at >= from and at < to) or from > to and (at >= from or at < to)
    if options.days and not list.contains(options.days, now.weekday_name:sub(1, 3)) then inside = false end
    if inside then return answers.approve("within the deployment window") end
    return answers.wait(60, ("outside the deployment window (%s–%s%s %s)"):format(options.from or "00:00",
      options.to or "24:00", options.days and " " .. table.concat(options.days, " ") or "", options.zone or "UTC"))
  end
end

-- `count` people out of `people` say yes. `votes(request)` returns { [person] = true | false }: from a chat, a file, a
-- table. One no rejects when `veto` is set.
function helpers.quorum(options)
  return function(request)
    local yes, no = {}, {}
    for person, vote in pairs(options.votes(request)) do
      if list.contains(options.people, person) then table.insert(vote and yes or no, person) end
    end
    table.sort(yes)
    table.sort(no)
    if options.veto and #no > 0 then return answers.reject("no from " .. table.concat(no, ", ")) end
    if #yes >= options.count then return answers.approve("yes from " .. table.concat(yes, ", ")) end
    if #options.people - #no < options.count then
      return answers.reject(("%d of %d said no"):format(#no, #options.people))
    end
    return answers.wait(options.every or 30, ("%d of %d have said yes"):format(#yes, options.count))
  end
end

-- The one who approves is not the author of the change: `who` is compared with the commit's author and e-mail address.
-- Without `who`, the caller's own AWS identity is taken.
function helpers.no_self_approval(who)
  return function(request)
    local approver = who or (aws.sts.get_caller_identity {}.Arn:match("[^/]+$"))
    local commit = request.commit
    if not commit then return answers.hold("the author of the change is not known") end
    for _, author in ipairs { commit.author or false, commit.email or false } do
      if author and author:lower() == approver:lower() then
        return answers.hold(("%s may not approve their own change"):format(approver))
      end
    end
    return answers.approve(("%s is not the author"):format(approver))
  end
end

-- Asks at the terminal; holds where there is none.
function helpers.prompt(text)
  return function(request)
    local reply, problem = script.prompt((text or "Approve %s of %s?"):format(request.stage, request.pipeline) .. " [y/n/later] ")
    if not reply then return answers.hold(problem or "there is no terminal to ask at") end
    reply = reply:lower()
    if reply == "y" or reply == "yes" then return answers.approve("approved at the terminal") end
    if reply == "n" or reply == "no" then return answers.reject("rejected at the terminal") end
    return answers.wait(60, "asked to wait at the terminal")
  end
end

return helpers
