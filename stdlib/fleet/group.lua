-- Launch templates and Auto Scaling groups.

local artifacts = require "awscicd.artifacts"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"

local group = {}

-- A launch template; what differs from its newest version becomes a new one. Options: name, image, instance_type
-- ("t3.micro"), security_groups, profile (instance profile name), user_data (text), tags (the instances get them too).
-- Returns { id, name }.
function group.launch_template(options)
  local name = assert(options.name, "fleet.launch_template: name is missing")
  local data = {
    ImageId = assert(options.image, "fleet.launch_template: image is missing"),
    InstanceType = options.instance_type or "t3.micro", SecurityGroupIds = options.security_groups,
    IamInstanceProfile = options.profile and { Name = options.profile },
    UserData = options.user_data and artifacts.base64(options.user_data),
    MetadataOptions = { HttpTokens = "required" },
    TagSpecifications = options.tags and { { ResourceType = "instance", Tags = tags.upper(options.tags) } },
  }
  local found, err = aws.ec2.try.describe_launch_templates { LaunchTemplateNames = { name } }
  if not found then
    if not err:is("InvalidLaunchTemplateName.NotFoundException") then error(err) end
    local made = aws.ec2.create_launch_template {
      LaunchTemplateName = name, LaunchTemplateData = data,
      TagSpecifications = options.tags and { { ResourceType = "launch-template", Tags = tags.upper(options.tags) } },
    }.LaunchTemplate
    return { id = made.LaunchTemplateId, name = name }
  end
  local id = found.LaunchTemplates[1].LaunchTemplateId
  aws.ec2.create_launch_template_version { LaunchTemplateId = id, LaunchTemplateData = data }
  return { id = id, name = name }
end

local Group = {}
Group.__index = Group
Group.__tostring = function(self) return "Auto Scaling group " .. self.name end

-- An Auto Scaling group that exists, by name.
function group.get(name) return setmetatable({ name = name }, Group) end

-- A group, created or changed. Options: name, template (id), subnets, size (min = max = desired) or min, max, desired,
-- target_groups (ARNs), grace (seconds, 60), tags.
function group.ensure(options)
  local name = assert(options.name, "fleet.auto_scaling_group: name is missing")
  local settings = {
    AutoScalingGroupName = name, LaunchTemplate = { LaunchTemplateId = options.template, Version = "$Latest" },
    MinSize = options.min or options.size, MaxSize = options.max or options.size,
    DesiredCapacity = options.desired or options.size,
    VPCZoneIdentifier = table.concat(options.subnets, ","),
    HealthCheckType = options.target_groups and "ELB" or "EC2", HealthCheckGracePeriod = options.grace or 60,
  }
  if group.get(name):describe() then
    aws.autoscaling.update_auto_scaling_group(settings)
  else
    settings.TargetGroupARNs = options.target_groups
    settings.Tags = list.map(tags.upper(options.tags), function(tag)
      return {
        Key = tag.Key, Value = tag.Value, PropagateAtLaunch = true, ResourceId = name, ResourceType = "auto-scaling-group",
      }
    end)
    roles.when_assumable(function() aws.autoscaling.create_auto_scaling_group(settings) end,
      { what = "the instance profile becoming usable" })
  end
  return group.get(name)
end

function Group:describe()
  return aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { self.name } }.AutoScalingGroups[1]
end

-- The instances: { { id, state, health, zone } }.
function Group:instances()
  local described = self:describe() or error(tostring(self) .. " does not exist", 2)
  return list.map(described.Instances, function(one)
    return { id = one.InstanceId, state = one.LifecycleState, health = one.HealthStatus, zone = one.AvailabilityZone }
  end)
end

-- How many instances serve: in service, and healthy in every target group of the group when it has any.
function Group:healthy()
  local described = self:describe() or error(tostring(self) .. " does not exist", 2)
  local serving = {}
  for _, one in ipairs(described.Instances) do
    if one.LifecycleState == "InService" and one.HealthStatus == "Healthy" then serving[one.InstanceId] = true end
  end
  for _, arn in ipairs(described.TargetGroupARNs or {}) do
    local well = {}
    for _, target in ipairs(aws.elbv2.describe_target_health { TargetGroupArn = arn }.TargetHealthDescriptions) do
      if target.TargetHealth.State == "healthy" then well[target.Target.Id] = true end
    end
    for id in pairs(serving) do serving[id] = well[id] end
  end
  return #list.keys(serving)
end

-- Waits until `count` instances (the desired number when absent) serve.
function Group:wait_healthy(count, options)
  options = options or {}
  local described = self:describe() or error(tostring(self) .. " does not exist", 2)
  local wanted = count or described.DesiredCapacity
  local now = 0
  poll.until_some(function()
    local before = now
    now = self:healthy()
    if options.on_change and now ~= before then options.on_change(now, wanted) end
    if now >= wanted then return true end
    return nil, now ~= before
  end, {
    what = ("%d healthy instances of %s"):format(wanted, self.name), timeout = options.timeout or 900,
    describe = function() return now .. " healthy" end,
  })
  return self
end

-- Sets the desired number of instances.
function Group:scale(count)
  aws.autoscaling.set_desired_capacity { AutoScalingGroupName = self.name, DesiredCapacity = count }
  return self
end

-- Replaces all instances by new ones; returns the id of the instance refresh. Options: min_healthy (percent, 90).
function Group:replace(options)
  return aws.autoscaling.start_instance_refresh {
    AutoScalingGroupName = self.name, Preferences = { MinHealthyPercentage = options and options.min_healthy or 90 },
  }.InstanceRefreshId
end

return group
