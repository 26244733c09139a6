local check = require "check"
local test = check.test

test("clocks", function()
  local t, m = time.now(), time.monotonic()
  check.truthy(t > 1700000000)
  time.sleep(0.01)
  check.truthy(time.monotonic() > m and time.now() >= t)
  time.sleep "5ms"
end)

test("text", function()
  check.equal(time.iso(0), "1970-01-01T00:00:00Z")
  check.equal(time.iso(1795416468.5), "2026-11-23T06:47:48.500Z")
  check.equal(time.iso(1795416468, "Asia/Kolkata"), "2026-11-23T12:17:48+05:30")
  check.equal(time.parse "2026-11-23T06:47:48Z", 1795416468.0)
  local nothing, problem = time.parse "yesterday"
  check.equal({ nothing, problem }, { nil, "'yesterday' is not a date such as 2026-11-23T06:47:48Z" })
  check.equal(time.format(1795416468, "%d.%m.%Y %H:%M %Z", "Europe/Paris"), "23.11.2026 07:47 CET")
  check.raises("unknown conversion '%Q'", time.format, 0, "%Q")
end)

test("dates", function()
  local date = time.date(1795416468, "America/New_York")
  check.equal({ date.year, date.month, date.day, date.hour, date.minute, date.second },
    { 2026, 11, 23, 1, 47, 48 })
  check.equal({ date.weekday, date.weekday_name, date.offset, date.zone },
    { 1, "Monday", -18000, "America/New_York" })
  check.equal(time.at { year = 2026, month = 11, day = 23, hour = 1, minute = 47, second = 48, zone = "America/New_York" },
    1795416468.0)
  check.raises("unknown time zone 'Mars'", time.date, 0, "Mars")
  check.raises("no such date", time.at, { year = 2026, month = 2, day = 30 })
  check.raises("needs a year", time.at, {})
end)

test("lengths", function()
  check.equal(time.duration "1h30m", 5400.0)
  check.equal(time.duration(90), 90.0)
  check.raises("not a length of time", time.duration, "soon")
  check.equal(time.duration("soon", true), nil)
  check.equal(time.human(5400), "1h 30m")
end)

check.done()
