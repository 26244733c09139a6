-- Security groups.

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

local function describe(id)
  local found, err = aws.ec2.try.describe_security_groups { GroupIds = { id } }
  if found then return found.SecurityGroups[1] end
  if err:is("InvalidGroup.NotFound", "InvalidGroupId.NotFound") then return nil end
  error(err)
end

kinds.security_group = {
  title = "security group", missing = { "InvalidGroup.NotFound", "InvalidGroupId.NotFound" },
  busy = { "DependencyViolation", "InvalidGroup.InUse" },
  find = function(scope)
    local found = {}
    for page in aws.ec2.pages.describe_security_groups {} do
      for _, group in ipairs(page.SecurityGroups) do
        local labels = tags.read(group.Tags)
        if group.GroupName ~= "default" and scope:matches("security_group", group.GroupName, labels) then
          found[#found + 1] = { name = group.GroupName, id = group.GroupId, tags = labels }
        end
      end
    end
    return found
  end,
  -- Groups that refer to each other keep each other: such rules are revoked before any of them goes.
  prepare = function(resources)
    for _, resource in ipairs(resources) do
      local group = describe(resource.id)
      if group then
        local ingress, egress = rules_with_groups(group.IpPermissions), rules_with_groups(group.IpPermissionsEgress)
        if #ingress > 0 then aws.ec2.revoke_security_group_ingress { GroupId = resource.id, IpPermissions = ingress } end
        if #egress > 0 then aws.ec2.revoke_security_group_egress { GroupId = resource.id, IpPermissions = egress } end
      end
    end
  end,
  delete = function(resource) aws.ec2.delete_security_group { GroupId = resource.id } end,
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
