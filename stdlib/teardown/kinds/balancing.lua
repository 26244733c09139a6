-- Load balancers and target groups.

local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- Tags of load balancers or target groups, by ARN; describe_tags takes 20 at a time.
local function tags_of(arns)
  local by_arn = {}
  for _, slice in ipairs(list.chunks(arns, 20)) do
    for _, described in ipairs(aws.elbv2.describe_tags { ResourceArns = slice }.TagDescriptions) do
      by_arn[described.ResourceArn] = tags.read(described.Tags)
    end
  end
  return by_arn
end

kinds.load_balancer = {
  title = "load balancer", missing = { "LoadBalancerNotFound" }, busy = { "ResourceInUse" },
  find = function(scope)
    local all = {}
    for page in aws.elbv2.pages.describe_load_balancers {} do list.append(all, page.LoadBalancers) end
    local labels = tags_of(list.map(all, function(one) return one.LoadBalancerArn end))
    local found = {}
    for _, one in ipairs(all) do
      local own = labels[one.LoadBalancerArn] or {}
      if scope:matches("load_balancer", one.LoadBalancerName, own) then
        found[#found + 1] = { name = one.LoadBalancerName, id = one.LoadBalancerArn, tags = own }
      end
    end
    return found
  end,
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
  find = function(scope)
    local all = {}
    for page in aws.elbv2.pages.describe_target_groups {} do list.append(all, page.TargetGroups) end
    local labels = tags_of(list.map(all, function(one) return one.TargetGroupArn end))
    local found = {}
    for _, one in ipairs(all) do
      local own = labels[one.TargetGroupArn] or {}
      if scope:matches("target_group", one.TargetGroupName, own) then
        found[#found + 1] = {
          name = one.TargetGroupName, id = one.TargetGroupArn, tags = own, balancers = one.LoadBalancerArns or {},
        }
      end
    end
    return found
  end,
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
