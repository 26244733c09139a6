-- The instances of a deployment, and the lifecycle events on each.

local list = require "awscicd.support.list"
local targets = {}

local function read(target)
  local one = target.instanceTarget or target.ecsTarget or target.lambdaTarget or {}
  local events = list.map(one.lifecycleEvents, function(event)
    return {
      name = event.lifecycleEventName, status = event.status, started = event.startTime, ended = event.endTime,
      diagnostics = event.diagnostics,
    }
  end)
  local present
  for _, event in ipairs(events) do
    if event.status ~= "Pending" and event.status ~= "Skipped" then present = event end
  end
  return {
    id = (one.targetId or one.targetArn or ""):match("[^/]+$") or "", arn = one.targetArn, status = one.status,
    label = one.instanceLabel, events = events, event = present, updated = one.lastUpdatedAt,
  }
end

-- { { id, arn, status, label ("Blue" or "Green"), events, event = the latest that began } }, ordered by label and id.
function targets.of(deployment)
  local ids = {}
  local request = { deploymentId = deployment }
  repeat
    local page, err = aws.codedeploy.try.list_deployment_targets(request)
    if not page then
      if err:is("DeploymentNotStartedException") then return {} end
      error(err)
    end
    list.append(ids, page.targetIds)
    request.nextToken = page.nextToken
  until not page.nextToken
  local found = {}
  for _, slice in ipairs(list.chunks(ids, 25)) do
    local described = aws.codedeploy.batch_get_deployment_targets { deploymentId = deployment, targetIds = slice }
    for _, target in ipairs(described.deploymentTargets) do found[#found + 1] = read(target) end
  end
  table.sort(found, function(a, b) return (a.label or "") .. a.id < (b.label or "") .. b.id end)
  return found
end

return targets
