--- Deployments by CodeDeploy: applications, groups, deployments followed instance by instance and hook by hook.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"
local where = require "awscicd.support.where"
local targets = require "awscicd.deploy.targets"
local verify = require "awscicd.deploy.verify"

local deploy = { verify = verify.while_serving, expect = verify.expect }

-- A deploy action for pipeline.stage. Options: application, group, input, name, namespace, run_order.
function deploy.codedeploy(options)
  return {
    primitive = "deploy.codedeploy", line = where.here(1), name = options.name or options.group,
    category = "Deploy", provider = "CodeDeploy",
    needs = { application = options.application, group = options.group, input = options.input },
    required = { "application", "group", "input" },
    configuration = { ApplicationName = options.application, DeploymentGroupName = options.group },
    inputs = { options.input }, outputs = {},
    namespace = options.namespace, run_order = options.run_order, role = options.role, region = options.region,
  }
end

-- An application for EC2, created when it is not there. Returns its name.
function deploy.application(options)
  local name = assert(options.name, "deploy.application: name is missing")
  local _, err = aws.codedeploy.try.create_application {
    applicationName = name, computePlatform = options.platform or "Server", tags = options.tags and tags.upper(options.tags),
  }
  if err and not err:is("ApplicationAlreadyExistsException") then error(err) end
  return name
end

local function settings_of(options)
  local blue_green = options.blue_green
  local settings = {
    applicationName = assert(options.application, "deploy.group: application is missing"),
    serviceRoleArn = tostring(assert(options.role, "deploy.group: role is missing")),
    deploymentConfigName = options.config or "CodeDeployDefault.OneAtATime",
    autoScalingGroups = options.groups, ec2TagFilters = options.tag_filters,
    autoRollbackConfiguration = {
      enabled = options.rollback ~= false,
      events = options.rollback ~= false and (options.rollback_on or { "DEPLOYMENT_FAILURE" }) or nil,
    },
    alarmConfiguration = options.alarms and {
      enabled = #options.alarms > 0, alarms = list.map(options.alarms, function(name) return { name = name } end),
    },
    deploymentStyle = {
      deploymentType = blue_green and "BLUE_GREEN" or "IN_PLACE",
      deploymentOption = options.target_group and "WITH_TRAFFIC_CONTROL" or "WITHOUT_TRAFFIC_CONTROL",
    },
    loadBalancerInfo = options.target_group and { targetGroupInfoList = { { name = options.target_group } } },
    triggerConfigurations = options.triggers,
  }
  if blue_green then
    if type(blue_green) ~= "table" then blue_green = {} end
    settings.blueGreenDeploymentConfiguration = {
      greenFleetProvisioningOption = { action = "COPY_AUTO_SCALING_GROUP" },
      deploymentReadyOption = {
        actionOnTimeout = blue_green.wait_minutes and "STOP_DEPLOYMENT" or "CONTINUE_DEPLOYMENT",
        waitTimeInMinutes = blue_green.wait_minutes,
      },
      terminateBlueInstancesOnDeploymentSuccess = {
        action = blue_green.terminate_minutes and "TERMINATE" or "KEEP_ALIVE",
        terminationWaitTimeInMinutes = blue_green.terminate_minutes,
      },
    }
  end
  return settings
end

-- A deployment group, created or changed. Options: application, name, role, groups (Auto Scaling groups), tag_filters,
-- target_group (name), config, blue_green (true, or { wait_minutes =, terminate_minutes = }: blue is kept alive unless
-- terminate_minutes is given), rollback (true), rollback_on, alarms (names), triggers, tags. Returns { application,
-- name, arn }.
function deploy.group(options)
  local name = assert(options.name, "deploy.group: name is missing")
  local settings = settings_of(options)
  local existing = aws.codedeploy.try.get_deployment_group { applicationName = options.application, deploymentGroupName = name }
  roles.when_assumable(function()
    if existing then
      settings.currentDeploymentGroupName = name
      aws.codedeploy.update_deployment_group(settings)
    else
      settings.deploymentGroupName = name
      settings.tags = options.tags and tags.upper(options.tags)
      aws.codedeploy.create_deployment_group(settings)
    end
  end, { what = "CodeDeploy accepting the role" })
  return {
    application = options.application, name = name,
    arn = arn.of("codedeploy", ("deploymentgroup:%s/%s"):format(options.application, name)),
  }
end

-- The Auto Scaling groups that a deployment group holds now: after a blue/green deployment, the copied one.
function deploy.groups_of(application, group)
  local info = aws.codedeploy.get_deployment_group { applicationName = application, deploymentGroupName = group }
  return list.map(info.deploymentGroupInfo.autoScalingGroups, function(held) return held.name end)
end

local Deployment = {}
Deployment.__index = Deployment
Deployment.__tostring = function(self) return "deployment " .. self.id end

function deploy.get(id) return setmetatable({ id = id }, Deployment) end

-- Deploys a revision outside a pipeline. Options: application, group, bucket, key, bundle ("zip"), version, etag,
-- description, overwrite ("DISALLOW", "OVERWRITE", "RETAIN"), ignore_stop_failures.
function deploy.start(options)
  local started = aws.codedeploy.create_deployment {
    applicationName = options.application, deploymentGroupName = options.group, description = options.description,
    fileExistsBehavior = options.overwrite, ignoreApplicationStopFailures = options.ignore_stop_failures,
    revision = options.bucket and {
      revisionType = "S3",
      s3Location = {
        bucket = options.bucket, key = options.key, bundleType = options.bundle or "zip", version = options.version,
        eTag = options.etag,
      },
    },
  }
  return deploy.get(started.deploymentId)
end

function Deployment:describe() return aws.codedeploy.get_deployment { deploymentId = self.id }.deploymentInfo end
function Deployment:targets() return targets.of(self.id) end

-- Sends the traffic over (from Ready), or ends the wait before the old instances are terminated.
function Deployment:continue(wait)
  aws.codedeploy.continue_deployment { deploymentId = self.id, deploymentWaitType = wait or "READY_WAIT" }
  return self
end

function Deployment:stop(options)
  aws.codedeploy.stop_deployment { deploymentId = self.id, autoRollbackEnabled = not options or options.rollback ~= false }
  return self
end

local ended = { Succeeded = true, Failed = true, Stopped = true }

-- Waits until the deployment ends, or is Ready when `ready` is set. Raises with the failing hook's own output unless
-- `raise = false`. Options: timeout, board (a progress board), ready, raise.
function Deployment:wait(options)
  options = options or {}
  local last
  local done = poll.until_some(function()
    local now = self:describe()
    if options.board then deploy.show(self.id, options.board) end
    local overview = now.deploymentOverview or {}
    local print = ("%s %s %s"):format(now.status, tostring(overview.Succeeded), tostring(overview.InProgress))
    local moved = print ~= last
    last = print
    if ended[now.status] or (options.ready and now.status == "Ready") then return now end
    return nil, moved
  end, { what = "the end of " .. tostring(self), timeout = options.timeout })
  if (done.status == "Failed" or done.status == "Stopped") and options.raise ~= false then error(deploy.failure(self.id), 0) end
  return done
end

local shown_final = {}

-- Shows a deployment's instances on a progress board, a line each. `final` says that it does not move any more.
function deploy.show(id, board, final)
  if final and shown_final[id] then return end
  shown_final[id] = final or nil
  for _, target in ipairs(targets.of(id)) do
    board:set(id .. target.id, ("    %-14s %-24s"):format(target.label or "", target.id), target.status,
      target.event and ("%s %s"):format(target.event.name, target.event.status) or nil)
  end
end

-- Why a deployment failed: its own message, then each failed hook with its output.
function deploy.failure(id)
  local info = deploy.get(id):describe()
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

return deploy
