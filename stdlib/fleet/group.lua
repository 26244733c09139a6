-- Auto Scaling groups: made, looked at, scaled, replaced.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local refresh = require "awscicd.fleet.refresh"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"

local group = {}

local Group = {}
Group.__index = Group
Group.__tostring = function(self) return "Auto Scaling group " .. self.name end

-- An Auto Scaling group that exists, by name.
function group.get(name)
  if type(name) ~= "string" or name == "" then error("fleet.group takes the name of an Auto Scaling group", 2) end
  return setmetatable({ name = name }, Group)
end

local function group_tags(name, map)
  return list.map(tags.upper(map), function(tag)
    return {
      Key = tag.Key, Value = tag.Value, PropagateAtLaunch = true, ResourceId = name, ResourceType = "auto-scaling-group",
    }
  end)
end

-- Adds the target groups that are missing and takes away those that are not named.
local function set_target_groups(name, present, wanted)
  local missing = list.filter(wanted, function(arn) return not list.contains(present, arn) end)
  local surplus = list.filter(present, function(arn) return not list.contains(wanted, arn) end)
  if #missing > 0 then
    aws.autoscaling.attach_load_balancer_target_groups { AutoScalingGroupName = name, TargetGroupARNs = missing }
  end
  if #surplus > 0 then
    aws.autoscaling.detach_load_balancer_target_groups { AutoScalingGroupName = name, TargetGroupARNs = surplus }
  end
end

-- A group, created or changed. Options: name, template (id), subnets, size (min = max = desired) or min, max, desired,
-- target_groups (ARNs), health_check (what an instance is replaced for: "ELB", its target groups' word as well, the default
-- where there are any; "EC2", only that it does not run), grace (seconds that a new instance may be unhealthy, 60), tags.
-- Instances that run stay as they are: group:replace changes them. Returns the group.
function group.ensure(options)
  options = options_of.check("fleet.auto_scaling_group", options, {
    name = "!string", template = "!string", subnets = "!list", size = "integer", min = "integer", max = "integer",
    desired = "integer", target_groups = "list", health_check = { "ELB", "EC2" }, grace = "integer", tags = "table",
  })
  if not (options.size or (options.min and options.max)) then error("fleet.auto_scaling_group: give size, or min and max", 2) end
  local name = options.name
  local settings = {
    AutoScalingGroupName = name, LaunchTemplate = { LaunchTemplateId = options.template, Version = "$Latest" },
    MinSize = options.min or options.size, MaxSize = options.max or options.size,
    DesiredCapacity = options.desired or options.size,
    VPCZoneIdentifier = table.concat(options.subnets, ","),
    HealthCheckType = options.health_check or (options.target_groups and "ELB" or "EC2"),
    HealthCheckGracePeriod = options.grace or 60,
  }
  local present = group.get(name):describe()
  if present then
    aws.autoscaling.update_auto_scaling_group(settings)
    if options.target_groups then set_target_groups(name, present.TargetGroupARNs or {}, options.target_groups) end
    if options.tags then aws.autoscaling.create_or_update_tags { Tags = group_tags(name, options.tags) } end
  else
    settings.TargetGroupARNs = options.target_groups
    settings.Tags = group_tags(name, options.tags)
    roles.when_assumable(function() aws.autoscaling.create_auto_scaling_group(settings) end,
      { what = "the instance profile becoming usable" })
  end
  return group.get(name)
end

-- The service's description, or nil when there is no such group.
function Group:describe()
  return aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { self.name } }.AutoScalingGroups[1]
end

local function described(self)
  return self:describe() or error(tostring(self) .. " does not exist", 3)
end

-- The instances: { { id, state, health, zone, type } }.
function Group:instances()
  return list.map(described(self).Instances, function(one)
    return {
      id = one.InstanceId, state = one.LifecycleState, health = one.HealthStatus, zone = one.AvailabilityZone,
      type = one.InstanceType,
    }
  end)
end

-- Its target groups' ARNs, however they were attached.
local function target_groups(now)
  local arns = list.append({}, now.TargetGroupARNs)
  for _, one in ipairs(now.TrafficSources or {}) do
    if one.Type == "elbv2" and not list.contains(arns, one.Identifier) then arns[#arns + 1] = one.Identifier end
  end
  return arns
end

-- What its target groups say of each instance: { { id, state, health, serves (true, false), reasons = { text, ... } } }. An
-- instance serves when it is in service and healthy in every target group of the group; with { targets = false }, in service
-- is enough: what has nothing deployed yet answers no health check.
function Group:health(options)
  options = options_of.check("health", options, { targets = "boolean" })
  local now = described(self)
  local found, by_id = {}, {}
  for _, one in ipairs(now.Instances) do
    local serves = one.LifecycleState == "InService" and one.HealthStatus == "Healthy"
    local entry = {
      id = one.InstanceId, state = one.LifecycleState, health = one.HealthStatus, serves = serves,
      reasons = serves and {} or { ("%s, %s"):format(one.LifecycleState, one.HealthStatus) },
    }
    found[#found + 1], by_id[one.InstanceId] = entry, entry
  end
  for _, arn in ipairs(options.targets ~= false and target_groups(now) or {}) do
    local well = {}
    for _, target in ipairs(aws.elbv2.describe_target_health { TargetGroupArn = arn }.TargetHealthDescriptions) do
      local health, entry = target.TargetHealth, by_id[target.Target.Id]
      if health.State == "healthy" then
        well[target.Target.Id] = true
      elseif entry then
        entry.reasons[#entry.reasons + 1] = ("%s: %s"):format(health.State, health.Description or health.Reason or "")
      end
    end
    for id, entry in pairs(by_id) do entry.serves = entry.serves and well[id] == true end
  end
  table.sort(found, function(a, b) return a.id < b.id end)
  return found
end

-- How many instances serve; see health.
function Group:healthy(options)
  return #list.filter(self:health(options), function(one) return one.serves end)
end

-- Waits until `count` instances (the desired number when absent) serve. Options: timeout (seconds, 900), on_change(serving,
-- wanted), targets (see health). Says why the others do not when the time is up. Returns the group.
function Group:wait_healthy(count, options)
  options = options_of.check("wait_healthy", options, { timeout = "number", on_change = "function", targets = "boolean" })
  local wanted = count or described(self).DesiredCapacity
  local serving, last = nil, {}
  poll.until_some(function()
    local before = serving
    last = self:health { targets = options.targets }
    serving = #list.filter(last, function(one) return one.serves end)
    if options.on_change and serving ~= before then options.on_change(serving, wanted) end
    if serving >= wanted then return true end
    return nil, serving ~= before
  end, {
    what = ("%d healthy instances of %s"):format(wanted, self.name), timeout = options.timeout or 900,
    describe = function()
      local ill = list.map(list.filter(last, function(one) return not one.serves end), function(one)
        return one.id .. " " .. table.concat(one.reasons, ", ")
      end)
      return ("%d healthy%s"):format(serving, #ill > 0 and "; " .. table.concat(ill, "; ") or "")
    end,
  })
  return self
end

-- Sets the desired number of instances; the least and the most move along when it lies outside of them and `stretch` is
-- set. Options: stretch, wait (true: until they serve), timeout (seconds, 900).
function Group:scale(count, options)
  options = options_of.check("scale", options, { stretch = "boolean", wait = "boolean", timeout = "number" })
  local now = described(self)
  if options.stretch and (count < now.MinSize or count > now.MaxSize) then
    aws.autoscaling.update_auto_scaling_group {
      AutoScalingGroupName = self.name, MinSize = math.min(count, now.MinSize), MaxSize = math.max(count, now.MaxSize),
      DesiredCapacity = count,
    }
  else
    aws.autoscaling.set_desired_capacity { AutoScalingGroupName = self.name, DesiredCapacity = count }
  end
  if options.wait then self:wait_healthy(count, { timeout = options.timeout }) end
  return self
end

-- Keeps a metric near a value by scaling (a target tracking policy). Options: cpu (percent), or requests (a minute and target)
-- with resource (app/NAME/ID/targetgroup/NAME/ID), and name. Returns the ARN of the policy.
function Group:track(options)
  options = options_of.check("track", options, { cpu = "number", requests = "number", resource = "string", name = "string" })
  if (options.cpu == nil) == (options.requests == nil) then error("track: give cpu or requests", 2) end
  if options.requests and not options.resource then
    error("track: requests needs resource, app/NAME/ID/targetgroup/NAME/ID of the load balancer and target group", 2)
  end
  local kind = options.cpu and "ASGAverageCPUUtilization" or "ALBRequestCountPerTarget"
  return aws.autoscaling.put_scaling_policy {
    AutoScalingGroupName = self.name, PolicyName = options.name or self.name .. "-" .. (options.cpu and "cpu" or "requests"),
    PolicyType = "TargetTrackingScaling",
    TargetTrackingConfiguration = {
      PredefinedMetricSpecification = { PredefinedMetricType = kind, ResourceLabel = options.resource },
      TargetValue = options.cpu or options.requests,
    },
  }.PolicyARN
end

-- Replaces all instances by new ones of the newest template (an instance refresh). Options: min_healthy (percent, 90),
-- warmup (seconds), skip_matching (true leaves those that are of the template already). Returns the refresh: refresh:wait().
function Group:replace(options)
  options = options_of.check("replace", options, { min_healthy = "integer", warmup = "integer", skip_matching = "boolean" })
  return refresh.start(self.name, options)
end

-- What happened to the group, newest first: { { status, description, cause, progress, started } }, at most `count` (20).
function Group:activities(count)
  local found = {}
  for page in aws.autoscaling.pages.describe_scaling_activities { AutoScalingGroupName = self.name } do
    for _, one in ipairs(page.Activities) do
      if #found == (count or 20) then return found end
      found[#found + 1] = {
        status = one.StatusCode, description = one.Description, cause = one.Cause, progress = one.Progress,
        started = one.StartTime, message = one.StatusMessage,
      }
    end
  end
  return found
end

return group
