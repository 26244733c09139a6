-- A gate for certain hours of certain days.

local answers = require "awscicd.gate.answers"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local days = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" }

local function minutes_of(name, text)
  local hour, minute = text:match("^(%d%d?):(%d%d)$")
  hour, minute = tonumber(hour), tonumber(minute)
  if not hour or minute > 59 or hour * 60 + minute > 24 * 60 then
    error(("gate.window: %s is %q, which is not a time like 09:00"):format(name, text), 3)
  end
  return hour * 60 + minute
end

-- { from = "09:00", to = "17:00", days = { "Mon", "Tue" }, zone = "Europe/Berlin" }; without from and to the whole day,
-- without days every day, without a zone UTC. A window over midnight (from 22:00 to 02:00) belongs to the day on which it
-- begins. Outside, the gate waits.
return function(options)
  options = options_of.check("gate.window", options, { from = "string", to = "string", days = "list", zone = "string" })
  if next(options) == nil then error("gate.window: give from, to or days", 2) end
  local from, to = minutes_of("from", options.from or "00:00"), minutes_of("to", options.to or "24:00")
  local zone = options.zone or "UTC"
  time.date(time.now(), zone)  -- an unknown zone is an error now, not when the first approval opens
  for _, day in ipairs(options.days or {}) do
    if not list.contains(days, day) then
      error(("gate.window: days are %s; %q is none"):format(table.concat(days, ", "), tostring(day)), 2)
    end
  end
  local said = ("%s–%s%s %s"):format(options.from or "00:00", options.to or "24:00",
    options.days and " " .. table.concat(options.days, " ") or "", zone)
  local function allowed(weekday) return not options.days or list.contains(options.days, days[weekday]) end

  return function(request)
    local now = time.date(request.now or time.now(), zone)
    local at, today = now.hour * 60 + now.minute, now.weekday
    local yesterday = (today + 5) % 7 + 1
    local inside
    if from <= to then
      inside = at >= from and at < to and allowed(today)
    else
      inside = at >= from and allowed(today) or at < to and allowed(yesterday)
    end
    if inside then return answers.approve("within the deployment window " .. said) end
    -- A look a minute, so that a change of clocks or a long sleep of the machine cannot skip the window.
    return answers.wait(60, "outside the deployment window " .. said)
  end
end
