-- Where a fleet stands: the default VPC's subnets, and security groups.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local network = {}

-- The default VPC: { vpc, subnets = { id, ... } } with one subnet for each of `zones` availability zones (2).
function network.default(zones)
  local vpc = aws.ec2.describe_vpcs { Filters = { { Name = "isDefault", Values = { "true" } } } }.Vpcs[1]
  if not vpc then
    error(("there is no default VPC in %s; give a vpc and its subnets, or make one with `aws ec2 create-default-vpc`")
      :format(aws.region()), 0)
  end
  local subnets = aws.ec2.describe_subnets {
    Filters = { { Name = "vpc-id", Values = { vpc.VpcId } }, { Name = "default-for-az", Values = { "true" } } },
  }.Subnets
  table.sort(subnets, function(a, b) return a.AvailabilityZone < b.AvailabilityZone end)
  if #subnets < (zones or 2) then
    error(("the default VPC has subnets in %d zones; %d are wanted"):format(#subnets, zones or 2), 0)
  end
  return { vpc = vpc.VpcId, subnets = list.map(table.move(subnets, 1, zones or 2, 1, {}), function(s) return s.SubnetId end) }
end

local function permission_of(rule)
  options_of.check("fleet.security_group, ingress", rule, {
    port = "!integer", from = "!string", to_port = "integer", protocol = "string", description = "string",
  })
  local from = rule.from
  local permission = { IpProtocol = rule.protocol or "tcp", FromPort = rule.port, ToPort = rule.to_port or rule.port }
  if from:sub(1, 3) == "sg-" then
    permission.UserIdGroupPairs = { { GroupId = from, Description = rule.description } }
  elseif from:find(":", 1, true) then
    permission.Ipv6Ranges = { { CidrIpv6 = from, Description = rule.description } }
  else
    permission.IpRanges = { { CidrIp = from, Description = rule.description } }
  end
  return permission
end

-- A security group, created when it is not there, with its ingress added. Options: name, vpc, description, ingress = { {
-- port =, to_port =, protocol = "tcp", from = "10.0.0.0/8", "::/0" or a group's id, description = } }, tags. Returns its id.
-- Who may come in is never a default: a port that is open to everybody says so where it is written.
function network.security_group(options)
  options = options_of.check("fleet.security_group", options, {
    name = "!string", vpc = "!string", description = "string", ingress = "list", tags = "table",
  })
  local name = options.name
  local permissions = list.map(options.ingress, permission_of)
  local found = aws.ec2.describe_security_groups {
    Filters = { { Name = "group-name", Values = { name } }, { Name = "vpc-id", Values = { options.vpc } } },
  }.SecurityGroups[1]
  local id = found and found.GroupId
  if not id then
    id = aws.ec2.create_security_group {
      GroupName = name, Description = options.description or name, VpcId = options.vpc,
      TagSpecifications = options.tags and { { ResourceType = "security-group", Tags = tags.upper(options.tags) } },
    }.GroupId
  end
  for _, permission in ipairs(permissions) do
    local _, err = aws.ec2.try.authorize_security_group_ingress { GroupId = id, IpPermissions = { permission } }
    if err and not err:is("InvalidPermission.Duplicate") then error(err) end
  end
  return id
end

return network
