-- One deployment: started, followed, continued, stopped, taken back, and what went wrong in it.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local progress = require "awscicd.support.progress"
local targets = require "awscicd.deploy.targets"

local deployments = {}

local Deployment = {}
Deployment.__index = Deployment
Deployment.__tostring = function(self) return "deployment " .. self.id end

-- A deployment that exists, by its id.
function deployments.get(id)
  if type(id) ~= "string" or id == "" then error("deploy.get takes the id of a deployment", 2) end
  return setmetatable({ id = id }, Deployment)
end

-- Deploys a revision outside a pipeline. Options: application, group, and the revision: bucket, key, bundle ("zip", "tar",
-- "tgz"), version, etag, or revision (CodeDeploy's own structure); description, config, overwrite ("DISALLOW", "OVERWRITE",
-- "RETAIN"), ignore_stop_failures. Returns the deployment.
function deployments.start(options)
  options = options_of.check("deploy.start", options, {
    application = "!string", group = "!string", bucket = "string", key = "string", bundle = { "zip", "tar", "tgz" },
    version = "string", etag = "string", revision = "table", description = "string", config = "string",
    overwrite = { "DISALLOW", "OVERWRITE", "RETAIN" }, ignore_stop_failures = "boolean",
  })
  if not options.revision and not (options.bucket and options.key) then
    error("deploy.start: give bucket and key, or revision", 2)
  end
  local started = aws.codedeploy.create_deployment {
    applicationName = options.application, deploymentGroupName = options.group, description = options.description,
    deploymentConfigName = options.config, fileExistsBehavior = options.overwrite,
    ignoreApplicationStopFailures = options.ignore_stop_failures,
    revision = options.revision or {
      revisionType = "S3",
      s3Location = {
        bucket = options.bucket, key = options.key, bundleType = options.bundle or "zip", version = options.version,
        eTag = options.etag,
      },
    },
  }
  return deployments.get(started.deploymentId)
end

-- The deployments of a group, newest first: CodeDeploy's descriptions, at most `count` (10). Options: status (a list such
-- as { "Succeeded" }).
function deployments.history(application, group, count, options)
  options = options_of.check("deploy.history", options, { status = "list" })
  local ids = {}
  for page in aws.codedeploy.pages.list_deployments {
    applicationName = application, deploymentGroupName = group, includeOnlyStatuses = options.status,
  } do
    list.append(ids, page.deployments)
  end
  local found = {}
  for _, slice in ipairs(list.chunks(ids, 25)) do
    list.append(found, aws.codedeploy.batch_get_deployments { deploymentIds = slice }.deploymentsInfo)
  end
  table.sort(found, function(a, b) return (a.createTime or 0) > (b.createTime or 0) end)
  return table.move(found, 1, math.min(#found, count or 10), 1, {})
end

local function revision_key(revision) return json.encode(revision or {}) end

-- Deploys the revision before the present one again: that of the newest deployment that succeeded with another revision
-- than the group's last successful one. Options: application, group, description. Returns the new deployment.
function deployments.rollback(options)
  options = options_of.check("deploy.rollback", options, { application = "!string", group = "!string", description = "string" })
  local good = deployments.history(options.application, options.group, 100, { status = { "Succeeded" } })
  local present = good[1] and revision_key(good[1].revision)
  local earlier = list.find(good, function(one) return one.revision and revision_key(one.revision) ~= present end)
  if not earlier then
    error(("deployment group %s of %s has no earlier revision that succeeded"):format(options.group, options.application), 2)
  end
  return deployments.start {
    application = options.application, group = options.group, revision = earlier.revision,
    description = options.description or ("Back to the revision of " .. earlier.deploymentId),
  }
end

-- CodeDeploy's description: { status, deploymentOverview, errorInformation, rollbackInfo, ... }.
function Deployment:describe() return aws.codedeploy.get_deployment { deploymentId = self.id }.deploymentInfo end

-- Its instances: { { id, arn, status, label ("Blue" or "Green"), events = { { name, status, started, ended, diagnostics } },
-- event = the latest that began } }.
function Deployment:targets() return targets.of(self.id) end

-- Sends the traffic over, from Ready ("READY_WAIT", the default), or ends the wait before the old instances are terminated
-- ("TERMINATION_WAIT").
function Deployment:continue(wait)
  aws.codedeploy.continue_deployment { deploymentId = self.id, deploymentWaitType = wait or "READY_WAIT" }
  return self
end

-- Stops it. Options: rollback (true: the last good revision is deployed again).
function Deployment:stop(options)
  options = options_of.check("deployment:stop", options, { rollback = "boolean" })
  aws.codedeploy.stop_deployment { deploymentId = self.id, autoRollbackEnabled = options.rollback ~= false }
  return self
end

-- The deployment that took this one back, or nil.
function Deployment:rollback()
  local info = self:describe().rollbackInfo
  return info and info.rollbackDeploymentId and deployments.get(info.rollbackDeploymentId) or nil
end

local ended = { Succeeded = true, Failed = true, Stopped = true }

-- Waits until the deployment ends, or is Ready when `ready` is set, and returns its description. Raises with the failing
-- hook's own output unless `raise = false`. Options: timeout (seconds), show (true: a line for each instance), board (a
-- progress board to show them on), ready, raise.
function Deployment:wait(options)
  options = options_of.check("deployment:wait", options, {
    timeout = "number", show = "boolean", board = "table", ready = "boolean", raise = "boolean",
  })
  local board = options.board or options.show and progress.board() or nil
  local last
  local done = poll.until_some(function()
    local now = self:describe()
    local print = now.status
    if board then
      print = print .. deployments.show(self.id, board)
    else
      local overview = now.deploymentOverview or {}
      print = ("%s %s %s"):format(print, tostring(overview.Succeeded), tostring(overview.InProgress))
    end
    local moved = print ~= last
    last = print
    if ended[now.status] or (options.ready and now.status == "Ready") then return now end
    return nil, moved
  end, { what = "the end of " .. tostring(self), timeout = options.timeout })
  if (done.status == "Failed" or done.status == "Stopped") and options.raise ~= false then
    error(deployments.failure(self.id), 0)
  end
  return done
end

-- Deployments that do not move any more, and have been shown once like that.
local shown_final = {}

local function event_text(event)
  local took = event.started and event.ended and " " .. progress.seconds(event.ended - event.started) or ""
  return ("%s %s%s"):format(event.name, event.status, took)
end

-- How many events of an instance have been shown to their end, by board row: two looks may lie several hooks apart.
local events_shown = {}

local function show_target(board, key, target)
  local label = ("    %-14s %-24s"):format(target.label or "", target.id)
  local begun = list.filter(target.events, function(event) return event.status ~= "Pending" and event.status ~= "Skipped" end)
  if #begun == 0 then return board:set(key, label, target.status) end
  local since = begun[1].started
  for position = math.min((events_shown[key] or 0) + 1, #begun), #begun do
    local event, is_last = begun[position], position == #begun
    local now = event.ended or (is_last and time.now())
    board:set(key, label, is_last and target.status or "InProgress", event_text(event), {
      step = event.name .. " " .. event.status, seconds = since and now and math.max(0, now - since),
    })
    if event.ended then events_shown[key] = position end
  end
end

-- Shows a deployment's instances on a progress board, a line each: status, and the hook that runs. `final` says that it
-- does not move any more. Returns a text that changes when anything moves.
function deployments.show(id, board, final)
  if final and shown_final[id] then return "" end
  shown_final[id] = final or nil
  local print = {}
  for _, target in ipairs(targets.of(id)) do
    local event = target.event
    print[#print + 1] = ("%s %s %s"):format(target.id, target.status, event and event.name .. event.status or "")
    show_target(board, id .. target.id, target)
  end
  return table.concat(print, ";")
end

-- Why a deployment failed, as text: its own message, then each failed hook with its output.
function deployments.failure(id)
  local info = deployments.get(id):describe()
  local problem = info.errorInformation or {}
  local lines = { ("deployment %s: %s%s"):format(id, info.status, problem.code and (" (%s)"):format(problem.code) or "") }
  if problem.message then lines[#lines + 1] = problem.message end
  local rollback = info.rollbackInfo
  if rollback and rollback.rollbackDeploymentId then
    lines[#lines + 1] = ("rolled back by %s"):format(rollback.rollbackDeploymentId)
  end
  for _, target in ipairs(targets.of(id)) do
    for _, event in ipairs(target.events) do
      if event.status == "Failed" then
        local what = event.diagnostics or {}
        lines[#lines + 1] = ("%s: %s failed%s: %s"):format(target.id, event.name,
          what.scriptName and what.scriptName ~= "" and (" in " .. what.scriptName) or "", what.message or what.errorCode or "")
        for line in (what.logTail or ""):gmatch("[^\n]+") do lines[#lines + 1] = "  " .. line end
      end
    end
  end
  return table.concat(lines, "\n")
end

return deployments
