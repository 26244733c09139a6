-- Auto Scaling groups, instances, launch templates.

local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

local function group_named(name)
  return aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { name } }.AutoScalingGroups[1]
end

kinds.auto_scaling_group = {
  title = "Auto Scaling group", find_after = { "deployment_group" },
  busy = { "ScalingActivityInProgress", "ResourceInUse", "ResourceContention" },
  find = find {
    pages = function(scope)
      -- Copies whose deployment group is gone already can only be told by the name that it had.
      for _, prefix in ipairs(scope.prefixes) do scope:expect("auto_scaling_group", "CodeDeploy_", prefix, "") end
      return aws.autoscaling.pages.describe_auto_scaling_groups {}
    end,
    items = "AutoScalingGroups",
    name = function(group) return group.AutoScalingGroupName end,
    labels = find.within(function(group) return tags.read(group.Tags) end),
    keep = function(group)
      return {
        detail = ("%d instances"):format(#group.Instances), target_groups = group.TargetGroupARNs,
        template = group.LaunchTemplate and group.LaunchTemplate.LaunchTemplateId,
      }
    end,
  },
  delete = function(resource)
    local _, err = aws.autoscaling.try.delete_auto_scaling_group { AutoScalingGroupName = resource.name, ForceDelete = true }
    -- "not found" comes as a ValidationError here, which is also what a bad request is
    if err and not (err:is("ValidationError") and not group_named(resource.name)) then error(err) end
  end,
  gone = function(resource) return group_named(resource.name) == nil end,
  blocker = function(resource)
    local group = group_named(resource.name)
    local count = group and #group.Instances or 0
    if count > 0 then
      return ("%d instance%s that %s still %s"):format(
        count, count == 1 and "" or "s", count == 1 and "is" or "are", group.Instances[1].LifecycleState)
    end
  end,
}

kinds.instance = {
  title = "instance", find_after = { "auto_scaling_group" },
  missing = { "InvalidInstanceID.NotFound" }, busy = { "IncorrectInstanceState", "IncorrectState" },
  find = find {
    pages = function()
      return aws.ec2.pages.describe_instances {
        Filters = { { Name = "instance-state-name", Values = { "pending", "running", "stopping", "stopped" } } },
      }
    end,
    items = function(page)
      local all = {}
      for _, reservation in ipairs(page.Reservations) do list.append(all, reservation.Instances) end
      return all
    end,
    name = function(instance) return tags.read(instance.Tags).Name or instance.InstanceId end,
    labels = find.within(function(instance) return tags.read(instance.Tags) end),
    keep = function(instance)
      return { id = instance.InstanceId, group = tags.read(instance.Tags)["aws:autoscaling:groupName"] }
    end,
    -- Instances of a group that is in scope go with their group.
    skip = function(instance, _, scope)
      local group = tags.read(instance.Tags)["aws:autoscaling:groupName"]
      return group and list.find(scope.found.auto_scaling_group, function(one) return one.name == group end)
    end,
  },
  delete = function(resource) aws.ec2.terminate_instances { InstanceIds = { resource.id } } end,
  together = { most = 100, delete = function(resources)
    aws.ec2.terminate_instances { InstanceIds = list.map(resources, function(resource) return resource.id end) }
  end },
  gone = function(resource)
    local found, err = aws.ec2.try.describe_instances { InstanceIds = { resource.id } }
    if not found then
      if err:is("InvalidInstanceID.NotFound") then return true end
      error(err)
    end
    local reservation = found.Reservations[1]
    return not reservation or reservation.Instances[1].State.Name == "terminated"
  end,
  protected = function(resource)
    -- An instance goes with its group or not at all: the group may be protected, and would replace it.
    if resource.group and group_named(resource.group) then
      return ("it belongs to the Auto Scaling group %s; it goes when that group is in scope"):format(resource.group)
    end
    local answer = aws.ec2.describe_instance_attribute { InstanceId = resource.id, Attribute = "disableApiTermination" }
    if answer.DisableApiTermination and answer.DisableApiTermination.Value then
      return "termination protection is on; lift it with ec2.modify_instance_attribute"
    end
  end,
}

kinds.launch_template = {
  title = "launch template",
  missing = { "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException",
    "InvalidLaunchTemplateName.NotFoundException" },
  find = find {
    pages = function() return aws.ec2.pages.describe_launch_templates {} end, items = "LaunchTemplates",
    name = function(template) return template.LaunchTemplateName end,
    labels = find.within(function(template) return tags.read(template.Tags) end),
    keep = function(template) return { id = template.LaunchTemplateId } end,
  },
  delete = function(resource) aws.ec2.delete_launch_template { LaunchTemplateId = resource.id } end,
  depends = function(resource, other)
    return other.kind ~= "auto_scaling_group" or not other.template or other.template == resource.id
  end,
}

return kinds
