-- Application load balancers, target groups and listeners.

local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local balancer = {}

-- A target group for instances, created when it is not there. Options: name, vpc, port (80), path ("/"), interval (10),
-- healthy (2), unhealthy (2), timeout (5), drain (seconds, 300), tags. Returns { name, arn }.
function balancer.target_group(options)
  local name = assert(options.name, "fleet.target_group: name is missing")
  local made = aws.elbv2.create_target_group {
    Name = name, Protocol = "HTTP", Port = options.port or 80, VpcId = options.vpc, TargetType = "instance",
    HealthCheckPath = options.path or "/", HealthCheckIntervalSeconds = options.interval or 10,
    HealthyThresholdCount = options.healthy or 2, UnhealthyThresholdCount = options.unhealthy or 2,
    HealthCheckTimeoutSeconds = options.timeout or 5, Tags = options.tags and tags.upper(options.tags),
  }.TargetGroups[1]
  if options.drain then
    aws.elbv2.modify_target_group_attributes {
      TargetGroupArn = made.TargetGroupArn,
      Attributes = { { Key = "deregistration_delay.timeout_seconds", Value = tostring(options.drain) } },
    }
  end
  return { name = name, arn = made.TargetGroupArn }
end

-- An internet-facing load balancer that forwards port 80 to a target group; created when it is not there, and waited
-- for. Options: name, subnets, security_groups, target_group (ARN), port (80), tags. Returns { name, arn, url, listener }.
function balancer.load_balancer(options)
  local name = assert(options.name, "fleet.load_balancer: name is missing")
  local made = aws.elbv2.create_load_balancer {
    Name = name, Subnets = options.subnets, SecurityGroups = options.security_groups, Type = "application",
    Scheme = options.scheme or "internet-facing", Tags = options.tags and tags.upper(options.tags),
  }.LoadBalancers[1]
  local port = options.port or 80
  local listeners = aws.elbv2.describe_listeners { LoadBalancerArn = made.LoadBalancerArn }.Listeners
  local listener = list.find(listeners, function(one) return one.Port == port end)
  if not listener then
    listener = aws.elbv2.create_listener {
      LoadBalancerArn = made.LoadBalancerArn, Protocol = "HTTP", Port = port,
      DefaultActions = { { Type = "forward", TargetGroupArn = options.target_group } },
      Tags = options.tags and tags.upper(options.tags),
    }.Listeners[1]
  end
  aws.elbv2.wait.load_balancer_available({ LoadBalancerArns = { made.LoadBalancerArn } }, { delay = 1, max_attempts = 600 })
  return { name = name, arn = made.LoadBalancerArn, url = balancer.address(made), listener = listener.ListenerArn }
end

function balancer.address(described) return ("http://%s/"):format(described.DNSName) end

-- The address of a load balancer by its name.
function balancer.url(name)
  return balancer.address(aws.elbv2.describe_load_balancers { Names = { name } }.LoadBalancers[1])
end

return balancer
