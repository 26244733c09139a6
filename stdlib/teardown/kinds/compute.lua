-- Auto Scaling groups, instances, launch templates.

local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.auto_scaling_group = {
  title = "Auto Scaling group", find_after = { "deployment_group" },
  busy = { "ScalingActivityInProgress", "ResourceInUse", "ResourceContention" },
  find = function(scope)
    local found = {}
    for page in aws.autoscaling.pages.describe_auto_scaling_groups {} do
      for _, group in ipairs(page.AutoScalingGroups) do
        local labels = tags.read(group.Tags)
        if scope:matches("auto_scaling_group", group.AutoScalingGroupName, labels) then
          found[#found + 1] = {
            name = group.AutoScalingGroupName, tags = labels,
            detail = ("%d instances"):format(#group.Instances), target_groups = group.TargetGroupARNs,
            template = group.LaunchTemplate and group.LaunchTemplate.LaunchTemplateId,
          }
        end
      end
    end
    return found
  end,
  delete = function(resource)
    local _, err = aws.autoscaling.try.delete_auto_scaling_group { AutoScalingGroupName = resource.name, ForceDelete = true }
    -- "not found" comes as a ValidationError here, which is also what a bad request is
    if err and not (err:is("ValidationError") and err.message:find("not found")) then error(err) end
  end,
  gone = function(resource)
    return #aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { resource.name } }.AutoScalingGroups == 0
  end,
  blocker = function(resource)
    local group = aws.autoscaling.describe_auto_scaling_groups { AutoScalingGroupNames = { resource.name } }.AutoScalingGroups[1]
    if group and #group.Instances > 0 then
      return ("%d instances are still %s"):format(#group.Instances, group.Instances[1].LifecycleState)
    end
  end,
}

kinds.instance = {
  title = "instance", find_after = { "auto_scaling_group" },
  missing = { "InvalidInstanceID.NotFound" }, busy = { "IncorrectInstanceState", "IncorrectState" },
  -- Instances of a group that is in scope go with their group.
  find = function(scope)
    local found = {}
    for page in aws.ec2.pages.describe_instances {
      Filters = { { Name = "instance-state-name", Values = { "pending", "running", "stopping", "stopped" } } },
    } do
      for _, reservation in ipairs(page.Reservations) do
        for _, instance in ipairs(reservation.Instances) do
          local labels = tags.read(instance.Tags)
          local group = labels["aws:autoscaling:groupName"]
          local with_group = group and list.find(scope.found.auto_scaling_group, function(one) return one.name == group end)
          if not with_group and scope:matches("instance", labels.Name or instance.InstanceId, labels) then
            found[#found + 1] = { name = labels.Name or instance.InstanceId, id = instance.InstanceId, tags = labels }
          end
        end
      end
    end
    return found
  end,
  delete = function(resource) aws.ec2.terminate_instances { InstanceIds = { resource.id } } end,
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
  find = function(scope)
    local found = {}
    for page in aws.ec2.pages.describe_launch_templates {} do
      for _, template in ipairs(page.LaunchTemplates) do
        local labels = tags.read(template.Tags)
        if scope:matches("launch_template", template.LaunchTemplateName, labels) then
          found[#found + 1] = { name = template.LaunchTemplateName, id = template.LaunchTemplateId, tags = labels }
        end
      end
    end
    return found
  end,
  delete = function(resource) aws.ec2.delete_launch_template { LaunchTemplateId = resource.id } end,
  depends = function(resource, other)
    return other.kind ~= "auto_scaling_group" or not other.template or other.template == resource.id
  end,
}

return kinds
