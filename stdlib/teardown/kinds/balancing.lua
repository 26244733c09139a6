-- Load balancers and target groups.

local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- Tags of load balancers or target groups; describe_tags takes 20 at a time and answers in an order of its own.
local function labels(arn_of)
  return find.together(function(items)
    local arns, by_arn = list.map(items, arn_of), {}
    for _, described in ipairs(aws.elbv2.describe_tags { ResourceArns = arns }.TagDescriptions) do
      by_arn[described.ResourceArn] = tags.read(described.Tags)
    end
    return list.map(arns, function(arn) return by_arn[arn] or {} end)
  end, 20)
end

kinds.load_balancer = {
  title = "load balancer", missing = { "LoadBalancerNotFound" }, busy = { "ResourceInUse" },
  find = find {
    pages = function() return aws.elbv2.pages.describe_load_balancers {} end, items = "LoadBalancers",
    name = function(one) return one.LoadBalancerName end,
    labels = labels(function(one) return one.LoadBalancerArn end),
    keep = function(one) return { id = one.LoadBalancerArn } end,
  },
  delete = function(resource) aws.elbv2.delete_load_balancer { LoadBalancerArn = resource.id } end,
  gone = function(resource)
    local found, err = aws.elbv2.try.describe_load_balancers { LoadBalancerArns = { resource.id } }
    if found then return #found.LoadBalancers == 0 end
    if err:is("LoadBalancerNotFound") then return true end
    error(err)
  end,
  protected = function(resource)
    local answer = aws.elbv2.describe_load_balancer_attributes { LoadBalancerArn = resource.id }
    for _, attribute in ipairs(answer.Attributes) do
      if attribute.Key == "deletion_protection.enabled" and attribute.Value == "true" then
        return "deletion protection is on; lift it with elbv2.modify_load_balancer_attributes "
          .. "(deletion_protection.enabled = false)"
      end
    end
  end,
}

kinds.target_group = {
  title = "target group", missing = { "TargetGroupNotFound" }, busy = { "ResourceInUse" },
  find = find {
    pages = function() return aws.elbv2.pages.describe_target_groups {} end, items = "TargetGroups",
    name = function(one) return one.TargetGroupName end,
    labels = labels(function(one) return one.TargetGroupArn end),
    keep = function(one) return { id = one.TargetGroupArn, balancers = one.LoadBalancerArns or {} } end,
  },
  delete = function(resource) aws.elbv2.delete_target_group { TargetGroupArn = resource.id } end,
  depends = function(resource, other)
    if other.kind == "load_balancer" then return list.contains(resource.balancers, other.id) end
    if other.kind == "auto_scaling_group" then return list.contains(other.target_groups, resource.id) end
    return true
  end,
  blocker = function(resource)
    local found = aws.elbv2.describe_target_groups { TargetGroupArns = { resource.id } }.TargetGroups[1]
    local balancer = found and (found.LoadBalancerArns or {})[1]
    if balancer then return ("a listener or rule of %s uses it"):format(balancer:match("loadbalancer/(.+)$") or balancer) end
  end,
}

return kinds
