-- Resources to tear down, made with as little as a case needs.

local fixtures = {}

local function document(service)
  return json.encode {
    Version = "2012-10-17",
    Statement = { { Effect = "Allow", Principal = { Service = service .. ".amazonaws.com" }, Action = "sts:AssumeRole" } },
  }
end

function fixtures.role(name, service)
  return aws.iam.create_role { RoleName = name, AssumeRolePolicyDocument = document(service or "ec2") }.Role.Arn
end

function fixtures.subnets() return fleet.network(2) end

function fixtures.balancer(name, options)
  local place = fixtures.subnets()
  options = options or {}
  local group = options.security_group or fleet.security_group { name = name .. "-sg", vpc = place.vpc }
  local targets = fleet.target_group { name = name .. "-tg", vpc = place.vpc }
  return fleet.load_balancer {
    name = name .. "-alb", subnets = place.subnets, security_groups = { group }, target_group = targets.arn,
  }, targets, group
end

-- A fleet without a web server: instances that only run.
function fixtures.fleet(name, size, target_groups)
  local place = fixtures.subnets()
  local template = fleet.launch_template { name = name .. "-lt", image = fleet.amazon_linux() }
  return fleet.auto_scaling_group {
    name = name .. "-asg", template = template.id, subnets = place.subnets, size = size, target_groups = target_groups,
  }
end

-- Plans and runs a teardown of a prefix; prints both, and returns the report.
function fixtures.take_down(prefix, options)
  local scope = { prefixes = { prefix } }
  for key, value in pairs(options or {}) do scope[key] = value end
  local plan = teardown.plan(scope)
  print(tostring(plan))
  local report = plan:run { yes = true, timeout = scope.timeout or 120 }
  print(tostring(report))
  return report
end

-- The labels of resources, sorted, as one text.
function fixtures.labels(resources)
  local labels = {}
  for i, resource in ipairs(resources) do labels[i] = resource.kind .. " " .. resource.label end
  table.sort(labels)
  return table.concat(labels, ", ")
end

return fixtures
