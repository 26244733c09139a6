-- Application load balancers, target groups and listeners. Each is looked for first: the service's own "create again"
-- succeeds only while every setting is the same.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local balancer = {}

local function first_or_nil(result, err, member, code)
  if result then return result[member][1] end
  if err:is(code) then return nil end
  error(err)
end

local function find_targets(name)
  local found, err = aws.elbv2.try.describe_target_groups { Names = { name } }
  return first_or_nil(found, err, "TargetGroups", "TargetGroupNotFound")
end

-- A target group for instances, created when it is not there; health checks are brought up to date. Options: name, vpc,
-- port (80), path ("/"), interval (10 s), healthy (2), unhealthy (2), timeout (5 s), drain (seconds that a leaving target
-- may finish its requests, 300), matcher ("200"), tags. Returns { name, arn }.
function balancer.target_group(options)
  options = options_of.check("fleet.target_group", options, {
    name = "!string", vpc = "!string", port = "integer", path = "string", interval = "integer", healthy = "integer",
    unhealthy = "integer", timeout = "integer", drain = "integer", matcher = "string", tags = "table",
  })
  local health = {
    HealthCheckPath = options.path or "/", HealthCheckIntervalSeconds = options.interval or 10,
    HealthyThresholdCount = options.healthy or 2, UnhealthyThresholdCount = options.unhealthy or 2,
    HealthCheckTimeoutSeconds = options.timeout or 5, Matcher = options.matcher and { HttpCode = options.matcher },
  }
  local present = find_targets(options.name)
  if present then
    local port = options.port or 80
    if present.Port ~= port or present.VpcId ~= options.vpc then
      error(("the target group %s is there with port %s in %s; these cannot be changed"):format(
        options.name, tostring(present.Port), tostring(present.VpcId)), 2)
    end
    health.TargetGroupArn = present.TargetGroupArn
    aws.elbv2.modify_target_group(health)
  else
    health.Name, health.Protocol, health.Port, health.VpcId = options.name, "HTTP", options.port or 80, options.vpc
    health.TargetType, health.Tags = "instance", options.tags and tags.upper(options.tags)
    present = aws.elbv2.create_target_group(health).TargetGroups[1]
  end
  if options.drain then
    aws.elbv2.modify_target_group_attributes {
      TargetGroupArn = present.TargetGroupArn,
      Attributes = { { Key = "deregistration_delay.timeout_seconds", Value = tostring(options.drain) } },
    }
  end
  return { name = options.name, arn = present.TargetGroupArn }
end

local function find_balancer(name)
  local found, err = aws.elbv2.try.describe_load_balancers { Names = { name } }
  return first_or_nil(found, err, "LoadBalancers", "LoadBalancerNotFound")
end

-- What a listener does: one target group, or { [target group ARN] = weight } of several.
local function forward(target_group)
  if type(target_group) == "string" then return { { Type = "forward", TargetGroupArn = target_group } } end
  local groups = list.map(list.keys(target_group), function(arn) return { TargetGroupArn = arn, Weight = target_group[arn] } end)
  return { { Type = "forward", ForwardConfig = { TargetGroups = groups } } }
end

-- A listener of a load balancer, created, or changed to forward where it is told. Options: load_balancer (ARN), target_group
-- (ARN, or { [ARN] = weight }), port (80; 443 with a certificate), certificate (ARN: makes it HTTPS), policy (of TLS),
-- tags. Returns its ARN.
function balancer.listener(options)
  options = options_of.check("fleet.listener", options, {
    load_balancer = "!string", target_group = "!string|table", port = "integer", certificate = "string", policy = "string",
    tags = "table",
  })
  local port = options.port or (options.certificate and 443 or 80)
  local settings = {
    Protocol = options.certificate and "HTTPS" or "HTTP", Port = port, DefaultActions = forward(options.target_group),
    Certificates = options.certificate and { { CertificateArn = options.certificate } }, SslPolicy = options.policy,
  }
  local listeners = aws.elbv2.describe_listeners { LoadBalancerArn = options.load_balancer }.Listeners
  local present = list.find(listeners, function(one) return one.Port == port end)
  if present then
    settings.ListenerArn = present.ListenerArn
    aws.elbv2.modify_listener(settings)
    return present.ListenerArn
  end
  settings.LoadBalancerArn, settings.Tags = options.load_balancer, options.tags and tags.upper(options.tags)
  return aws.elbv2.create_listener(settings).Listeners[1].ListenerArn
end

-- An internet-facing load balancer with a listener that forwards to a target group; created when it is not there, and
-- waited for. Options: name, subnets, security_groups, target_group (ARN), port (80), certificate (ARN), scheme
-- ("internet-facing" or "internal"), timeout (seconds, 600), tags. Returns { name, arn, url, listener }.
function balancer.load_balancer(options)
  options = options_of.check("fleet.load_balancer", options, {
    name = "!string", subnets = "!list", security_groups = "list", target_group = "!string|table", port = "integer",
    certificate = "string", scheme = { "internet-facing", "internal" }, timeout = "integer", tags = "table",
  })
  local made = find_balancer(options.name) or aws.elbv2.create_load_balancer {
    Name = options.name, Subnets = options.subnets, SecurityGroups = options.security_groups, Type = "application",
    Scheme = options.scheme or "internet-facing", Tags = options.tags and tags.upper(options.tags),
  }.LoadBalancers[1]
  local listener = balancer.listener {
    load_balancer = made.LoadBalancerArn, target_group = options.target_group, port = options.port,
    certificate = options.certificate, tags = options.tags,
  }
  aws.elbv2.wait.load_balancer_available(
    { LoadBalancerArns = { made.LoadBalancerArn } }, { delay = 1, max_attempts = options.timeout or 600 })
  return { name = options.name, arn = made.LoadBalancerArn, url = balancer.address(made), listener = listener }
end

function balancer.address(described) return ("http://%s/"):format(described.DNSName) end

-- The address of a load balancer by its name.
function balancer.url(name)
  local found = find_balancer(name)
  if not found then error(("there is no load balancer %q in %s"):format(tostring(name), aws.region()), 2) end
  return balancer.address(found)
end

-- The targets of a target group (its name or ARN): { { id, port, state, reason, description } }; states are initial,
-- healthy, unhealthy, unused, draining.
function balancer.health(name)
  local arn = name
  if name:sub(1, 4) ~= "arn:" then
    local found = find_targets(name)
    if not found then error(("there is no target group %q in %s"):format(name, aws.region()), 2) end
    arn = found.TargetGroupArn
  end
  return list.map(aws.elbv2.describe_target_health { TargetGroupArn = arn }.TargetHealthDescriptions, function(one)
    return {
      id = one.Target.Id, port = one.Target.Port, state = one.TargetHealth.State, reason = one.TargetHealth.Reason,
      description = one.TargetHealth.Description,
    }
  end)
end

return balancer
