-- Deleting one resource: again while AWS says "not yet", until it is gone, within a time limit.

local throttled = {
  "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestLimitExceeded", "SlowDown",
  "TooManyRequestsException", "LimitExceededException",
}

local function is(err, codes)
  return type(err) ~= "string" and err ~= nil and type(err.is) == "function" and codes and #codes > 0
    and err:is(table.unpack(codes))
end

local function blocker(kind, resource)
  if not kind.blocker then return nil end
  local ok, text = pcall(kind.blocker, resource)
  return ok and text or nil
end

-- Asking again: a tenth of the time that was waited already, so that the end is never seen much later than it came, and
-- a wait of minutes costs few calls.
local shortest, longest, share = 0.1, 5, 0.1

local Wait = {}
Wait.__index = Wait

local function waiting(kind, resource, context)
  return setmetatable({
    kind = kind, resource = resource, context = context, since = time.monotonic(), look = 0,
  }, Wait)
end

-- What keeps the resource. Finding out costs calls, so it is asked for again only when the wait has doubled.
function Wait:blocker()
  local spent = time.monotonic() - self.since
  if spent >= self.look then
    self.look = math.max(1, 2 * spent)
    self.known = blocker(self.kind, self.resource)
  end
  return self.known
end

-- Sleeps, and says for what; false when that would be over the time limit.
function Wait:pause(why)
  local spent = time.monotonic() - self.since
  local pause = math.max(shortest, math.min(longest, spent * share))
  if spent + pause > self.context.timeout then return false end
  if why ~= self.said then
    self.said = why
    self.resource.waited_for = self.resource.waited_for or {}
    table.insert(self.resource.waited_for, why)
  end
  self.context.waiting(self.resource, why)
  task.sleep(pause)
  return true
end

-- Returns "gone", or "failed" with the reason and the blocker. context = { say(text), waiting(resource, why),
-- calls(kind, fn) (runs fn within the limit of calls at once), together(kind, resource) (deletes it in one call with
-- others, where that can be; false where it cannot), timeout (seconds that the deletion may be refused, and then take) }.
return function(kind, resource, context)
  local refused = waiting(kind, resource, context)
  local accepted = context.together(kind, resource)
  while not accepted do
    local ok, answer = context.calls(kind, function() return pcall(kind.delete, resource, context) end)
    if ok and type(answer) ~= "string" then break end
    if not ok then
      if is(answer, kind.missing) then return "gone" end
      if not is(answer, kind.busy) and not is(answer, throttled) then
        return "failed", tostring(answer), blocker(kind, resource)
      end
    end
    local what = ok and answer or refused:blocker() or answer.code
    if not refused:pause(what) then return "failed", ok and "it waits for " .. answer or tostring(answer), what end
  end
  if not kind.gone then return "gone" end
  local going = waiting(kind, resource, context)
  while true do
    local ok, gone = context.calls(kind, function() return pcall(kind.gone, resource) end)
    if ok and gone or not ok and is(gone, kind.missing) then return "gone" end
    if not going:pause(going:blocker() or "its deletion to finish") then
      return "failed", ok and "it is still there" or tostring(gone), blocker(kind, resource)
    end
  end
end
