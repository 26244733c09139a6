-- Needs: the local cloud
-- No deletion is asked for before what has to go first is really gone: most wrong orders are refused by AWS and tried again,
-- so that the outcome alone would not show them. What is there is asked of AWS itself, at each deletion.
local check, fixtures = require "check", require "fixtures"

-- What of a kind AWS still shows, an Auto Scaling group that is on its way included.
local shown = {
  auto_scaling_group = function() return fixtures.scaling_groups() end,
  load_balancer = function() return aws.elbv2.describe_load_balancers {}.LoadBalancers end,
  target_group = function() return aws.elbv2.describe_target_groups {}.TargetGroups end,
  launch_template = function() return aws.ec2.describe_launch_templates {}.LaunchTemplates end,
  deployment_group = function()
    local answer = aws.codedeploy.try.list_deployment_groups { applicationName = "first-app" }
    return answer and answer.deploymentGroups or {}
  end,
  instance_profile = function() return aws.iam.list_instance_profiles {}.InstanceProfiles end,
}

fixtures.blue_green("first", {})
local early, asked, delete = {}, {}, {}
local plan = teardown.plan { prefixes = { "first-" } }
for name, kind in pairs(teardown.kinds) do
  delete[name] = kind.delete
  kind.delete = function(resource, ...)
    asked[name] = true
    for before in pairs(plan.order[name].after) do
      local left = shown[before] and shown[before]() or {}
      if #left > 0 then early[name .. " before " .. before] = true end
    end
    return delete[name](resource, ...)
  end
end
local report = plan:run { yes = true, timeout = 600 }
for name, kind in pairs(teardown.kinds) do kind.delete = delete[name] end

check.equal(early, {})
for kind in pairs(shown) do check.yes(asked[kind], kind .. " was deleted") end
check.yes(asked.role and asked.security_group, "roles and security groups were deleted")
check.yes(teardown.clean(report), tostring(report))
