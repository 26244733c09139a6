-- Deleting one resource: again while AWS says "not yet", until it is gone, within a time limit.

local function is(err, codes)
  return type(err) ~= "string" and err ~= nil and type(err.is) == "function" and codes and #codes > 0
    and err:is(table.unpack(codes))
end

local function blocker(kind, resource)
  if not kind.blocker then return nil end
  local ok, text = pcall(kind.blocker, resource)
  return ok and text or nil
end

-- Returns "gone", or "failed" with the reason and the blocker. context = { say(text), waiting(resource, why), calls
-- (a semaphore around every call), timeout (seconds) }.
return function(kind, resource, context)
  local started = time.monotonic()
  local pause, waited_for = 0.25, nil
  local function late() return time.monotonic() - started + pause > context.timeout end
  local function wait(why)
    if why and why ~= waited_for then
      waited_for = why
      resource.waited_for = resource.waited_for or {}
      table.insert(resource.waited_for, why)
    end
    context.waiting(resource, why)
    task.sleep(pause)
    pause = math.min(pause * 1.4, 5)
  end
  while true do
    local ok, err = context.calls(function() return pcall(kind.delete, resource, context) end)
    if ok then break end
    if is(err, kind.missing) then return "gone" end
    if not is(err, kind.busy) then return "failed", tostring(err), blocker(kind, resource) end
    local what = blocker(kind, resource)
    if late() then return "failed", tostring(err), what end
    wait(what or err.code)
  end
  pause = 0.25
  while kind.gone do
    local ok, gone = context.calls(function() return pcall(kind.gone, resource) end)
    if ok and gone then break end
    if not ok and is(gone, kind.missing) then break end
    if late() then
      return "failed", ok and "it is still there" or tostring(gone), blocker(kind, resource)
    end
    wait(blocker(kind, resource) or "its deletion to finish")
  end
  return "gone"
end
