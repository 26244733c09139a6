-- Instance refreshes: all instances of a group replaced, some at a time.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"

local refresh = {}

local Refresh = {}
Refresh.__index = Refresh
Refresh.__tostring = function(self) return ("instance refresh %s of %s"):format(self.id, self.group) end

-- See group:replace.
function refresh.start(group, options)
  local id = aws.autoscaling.start_instance_refresh {
    AutoScalingGroupName = group,
    Preferences = {
      MinHealthyPercentage = options.min_healthy or 90, InstanceWarmup = options.warmup, SkipMatching = options.skip_matching,
    },
  }.InstanceRefreshId
  return setmetatable({ id = id, group = group }, Refresh)
end

-- The service's description: { Status, PercentageComplete, InstancesToUpdate, StatusReason, ... }.
function Refresh:describe()
  return aws.autoscaling.describe_instance_refreshes {
    AutoScalingGroupName = self.group, InstanceRefreshIds = { self.id },
  }.InstanceRefreshes[1]
end

local good = { Successful = true }
local bad = { Failed = true, Cancelled = true, RollbackFailed = true, RollbackSuccessful = true }

-- Waits until all are replaced; raises with the reason when that failed or was cancelled. Options: timeout (seconds, 3600),
-- on_change(percent, status). Returns the description.
function Refresh:wait(options)
  options = options_of.check("refresh:wait", options, { timeout = "number", on_change = "function" })
  local last, seen
  local done = poll.until_some(function()
    local now = self:describe()
    if not now then error(tostring(self) .. " is not known any more", 0) end
    seen = ("%s, %d %%"):format(now.Status, now.PercentageComplete or 0)
    local moved = seen ~= last
    if moved and options.on_change then options.on_change(now.PercentageComplete or 0, now.Status) end
    last = seen
    if good[now.Status] or bad[now.Status] then return now end
    return nil, moved
  end, { what = "the end of " .. tostring(self), timeout = options.timeout or 3600, describe = function() return seen end })
  if bad[done.Status] then error(("%s: %s: %s"):format(tostring(self), done.Status, done.StatusReason or ""), 0) end
  return done
end

-- Stops it: what was replaced stays.
function Refresh:cancel()
  aws.autoscaling.cancel_instance_refresh { AutoScalingGroupName = self.group }
  return self
end

-- The refreshes of a group, newest first: the service's descriptions.
function refresh.list(group)
  local found, request = {}, { AutoScalingGroupName = group }
  repeat  -- the service's model declares no pages for it
    local page = aws.autoscaling.describe_instance_refreshes(request)
    list.append(found, page.InstanceRefreshes)
    request.NextToken = page.NextToken
  until not page.NextToken
  return found
end

return refresh
