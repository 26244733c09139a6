-- Security groups.

local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- The rules of a group that name other groups, as permissions to revoke.
local function rules_with_groups(permissions)
  local found = {}
  for _, permission in ipairs(permissions or {}) do
    if #(permission.UserIdGroupPairs or {}) > 0 then
      found[#found + 1] = {
        IpProtocol = permission.IpProtocol, FromPort = permission.FromPort, ToPort = permission.ToPort,
        UserIdGroupPairs = list.map(permission.UserIdGroupPairs, function(pair)
          return { GroupId = pair.GroupId, UserId = pair.UserId }
        end),
      }
    end
  end
  return found
end

-- Groups that refer to each other keep each other: each gives up its own such rules, and then they can all go.
local function let_others_go(id)
  local group = aws.ec2.describe_security_groups { GroupIds = { id } }.SecurityGroups[1]
  local ingress, egress = rules_with_groups(group.IpPermissions), rules_with_groups(group.IpPermissionsEgress)
  if #ingress > 0 then aws.ec2.revoke_security_group_ingress { GroupId = id, IpPermissions = ingress } end
  if #egress > 0 then aws.ec2.revoke_security_group_egress { GroupId = id, IpPermissions = egress } end
end

kinds.security_group = {
  title = "security group", missing = { "InvalidGroup.NotFound", "InvalidGroupId.NotFound" },
  busy = { "DependencyViolation", "InvalidGroup.InUse" },
  find = find {
    pages = function() return aws.ec2.pages.describe_security_groups {} end, items = "SecurityGroups",
    name = function(group) return group.GroupName end,
    labels = find.within(function(group) return tags.read(group.Tags) end),
    keep = function(group) return { id = group.GroupId } end,
    skip = function(_, name) return name == "default" end,  -- goes with its network
  },
  delete = function(resource)
    local _, err = aws.ec2.try.delete_security_group { GroupId = resource.id }
    if not err then return end
    if err:is("DependencyViolation") then let_others_go(resource.id) end
    error(err)
  end,
  -- Group ← interface ← what the interface belongs to; or another group's rule.
  blocker = function(resource)
    local interface = aws.ec2.describe_network_interfaces {
      Filters = { { Name = "group-id", Values = { resource.id } } },
    }.NetworkInterfaces[1]
    if interface then
      local owner = interface.Description ~= "" and interface.Description
        or (interface.Attachment and interface.Attachment.InstanceId) or interface.InterfaceType
      return ("%s ← %s ← %s"):format(resource.id, interface.NetworkInterfaceId, owner or "an unknown owner")
    end
    for _, filter in ipairs { "ip-permission.group-id", "egress.ip-permission.group-id" } do
      local other = aws.ec2.describe_security_groups {
        Filters = { { Name = filter, Values = { resource.id } } },
      }.SecurityGroups[1]
      if other then return ("%s ← a rule of %s (%s)"):format(resource.id, other.GroupId, other.GroupName) end
    end
  end,
}

return kinds
