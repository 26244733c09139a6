-- Deployment groups and deployment configurations.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"

local groups = {}

local function blue_green_settings(blue_green)
  local wait, terminate = blue_green.wait_minutes, blue_green.terminate_minutes
  return {
    greenFleetProvisioningOption = {
      action = blue_green.discover and "DISCOVER_EXISTING" or "COPY_AUTO_SCALING_GROUP",
    },
    deploymentReadyOption = {
      actionOnTimeout = wait and "STOP_DEPLOYMENT" or "CONTINUE_DEPLOYMENT", waitTimeInMinutes = wait,
    },
    terminateBlueInstancesOnDeploymentSuccess = {
      action = terminate and "TERMINATE" or "KEEP_ALIVE", terminationWaitTimeInMinutes = terminate,
    },
  }
end

local function settings_of(options)
  local blue_green = options.blue_green
  if blue_green == true then blue_green = {} end
  local rollback = options.rollback ~= false
  return {
    applicationName = options.application, serviceRoleArn = tostring(options.role),
    deploymentConfigName = options.config or "CodeDeployDefault.OneAtATime",
    autoScalingGroups = options.groups, ec2TagFilters = options.tag_filters,
    autoRollbackConfiguration = {
      enabled = rollback, events = rollback and (options.rollback_on or { "DEPLOYMENT_FAILURE" }) or nil,
    },
    alarmConfiguration = options.alarms and {
      enabled = #options.alarms > 0,
      alarms = json.list(list.map(options.alarms, function(name) return { name = name } end)),
    },
    deploymentStyle = {
      deploymentType = blue_green and "BLUE_GREEN" or "IN_PLACE",
      deploymentOption = options.target_group and "WITH_TRAFFIC_CONTROL" or "WITHOUT_TRAFFIC_CONTROL",
    },
    loadBalancerInfo = options.target_group and { targetGroupInfoList = { { name = options.target_group } } },
    triggerConfigurations = options.triggers,
    blueGreenDeploymentConfiguration = blue_green and blue_green_settings(blue_green) or nil,
  }
end

-- A deployment group, created or changed. Options: application, name, role, groups (names of Auto Scaling groups) or
-- tag_filters (CodeDeploy's), target_group (name), config ("CodeDeployDefault.OneAtATime"), blue_green (true, or {
-- wait_minutes = how long the deployment waits for deployment:continue before it stops, terminate_minutes = when the old
-- instances go, discover = true for instances that exist }: blue is kept alive unless terminate_minutes is given), rollback
-- (true), rollback_on ({ "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST" }), alarms (names),
-- triggers, tags. Returns { application, name, arn }.
function groups.ensure(options)
  options = options_of.check("deploy.group", options, {
    application = "!string", name = "!string", role = "!text", groups = "list", tag_filters = "list", target_group = "string",
    config = "string", blue_green = "boolean|table", rollback = "boolean", rollback_on = "list", alarms = "list",
    triggers = "list", tags = "table",
  })
  if type(options.blue_green) == "table" then
    options_of.check("deploy.group, blue_green", options.blue_green, {
      wait_minutes = "integer", terminate_minutes = "integer", discover = "boolean",
    })
  end
  local name, settings = options.name, settings_of(options)
  local existing, err = aws.codedeploy.try.get_deployment_group {
    applicationName = options.application, deploymentGroupName = name,
  }
  if err and not err:is("DeploymentGroupDoesNotExistException") then error(err) end
  roles.when_assumable(function()
    if existing then
      settings.currentDeploymentGroupName = name
      aws.codedeploy.update_deployment_group(settings)
    else
      settings.deploymentGroupName = name
      settings.tags = options.tags and tags.upper(options.tags)
      aws.codedeploy.create_deployment_group(settings)
    end
  end, { role = settings.serviceRoleArn, what = "CodeDeploy accepting the role" })
  return {
    application = options.application, name = name,
    arn = arn.of("codedeploy", ("deploymentgroup:%s/%s"):format(options.application, name)),
  }
end

-- The Auto Scaling groups that a deployment group holds now: after a blue/green deployment, the copied one.
function groups.groups_of(application, group)
  local info = aws.codedeploy.get_deployment_group { applicationName = application, deploymentGroupName = group }
  return list.map(info.deploymentGroupInfo.autoScalingGroups, function(held) return held.name end)
end

-- A deployment configuration of one's own: how many instances stay healthy. Options: name, healthy (a count) or
-- healthy_percent. One that exists is left as it is: CodeDeploy cannot change them. Returns its name.
function groups.config(options)
  options = options_of.check("deploy.config", options, { name = "!string", healthy = "integer", healthy_percent = "integer" })
  if (options.healthy == nil) == (options.healthy_percent == nil) then
    error("deploy.config: give healthy or healthy_percent", 2)
  end
  local _, err = aws.codedeploy.try.create_deployment_config {
    deploymentConfigName = options.name, computePlatform = "Server",
    minimumHealthyHosts = {
      type = options.healthy and "HOST_COUNT" or "FLEET_PERCENT", value = options.healthy or options.healthy_percent,
    },
  }
  if err and not err:is("DeploymentConfigAlreadyExistsException") then error(err) end
  return options.name
end

return groups
