-- What the scripts' layer waits with: how it gives up, and that it does not because its process stood still.
local check = require "check"
local poll = require "awscicd.support.poll"

-- Nothing of the script runs meanwhile, as when its process is stopped.
local function stand_still(seconds)
  local till = time.monotonic() + seconds
  repeat until time.monotonic() > till
end

local options = { what = "the door's opening", timeout = 0.5, first = 0.1, longest = 0.1 }

-- It gives up in time, with what it waited for.
local looks, started = 0, time.monotonic()
local ok, message = pcall(poll.until_some, function() looks = looks + 1 end, options)
check.equal(ok, false)
check.equal(message, "the door's opening did not happen within 0.5 seconds")
check.equal(looks > 1 and looks <= 6, true, "looks")
check.equal(time.monotonic() - started >= 0.4, true, "how long it waited")

-- A wait of no time looks once.
looks = 0
check.equal(pcall(poll.until_some, function() looks = looks + 1 end, { timeout = 0 }), false)
check.equal(looks, 1)

-- A look within which the deadline passed may have asked before the standstill: there is another.
looks = 0
check.equal(poll.until_some(function()
  looks = looks + 1
  if looks > 1 then return "open" end
  stand_still(0.8)
end, options), "open")
check.equal(looks, 2)

-- What opens the door stood still with the one who waits: it gets a pause to do so.
local open = false
task.spawn(function()
  task.sleep(0.15)
  stand_still(0.8)
  task.sleep(0.05)
  open = true
end)
check.equal(poll.until_some(function() return open or nil end, options), true)

-- But only once: a process that starves on does not wait for ever.
looks = 0
check.equal(pcall(poll.until_some, function()
  looks = looks + 1
  stand_still(0.8)
end, options), false)
check.equal(looks, 2)
