-- Asking AWS again until something has happened: often at first, then less and less, so that a quick answer is seen
-- quickly and a slow one costs few calls.

local poll = {}

poll.first, poll.longest, poll.growth = 0.2, 5, 1.4

-- Calls `ask` until it returns something other than nil, and returns that. Options: `what` (for the error message),
-- `timeout` in seconds, `first` and `longest` pause in seconds. `ask` may return nil, true to say "progress was made",
-- which makes the pauses short again.
-- When the deadline passed within one look or one pause, which both began in time, the process was stopped or starved (a
-- laptop that slept, a machine under load), and what it waits for perhaps too: after one more pause there is one more look.
function poll.until_some(ask, options)
  options = options or {}
  local began = time.monotonic()
  local deadline = options.timeout and began + options.timeout or math.huge
  local pause = options.first or poll.first
  local longest = options.longest or poll.longest
  local slept, stood_still = false, false
  while true do
    local result, progress = ask()
    if result ~= nil then return result, progress end
    if time.monotonic() + pause > deadline then
      local unseen = began + pause <= deadline or (slept and began > deadline)
      if stood_still or not unseen then
        local last = options.describe and options.describe()
        error(("%s did not happen within %g seconds%s"):format(
          options.what or "what was waited for", options.timeout, last and (" (last seen: " .. last .. ")") or ""), 0)
      end
      stood_still = true
    end
    task.sleep(pause)
    slept, began = true, time.monotonic()
    pause = progress and (options.first or poll.first) or math.min(pause * poll.growth, longest)
  end
end

return poll
