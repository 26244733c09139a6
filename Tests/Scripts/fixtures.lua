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

-- A zip of files in a bucket, as CodeDeploy takes them: { [path] = text }.
local pack = [[
import io, json, sys, zipfile
made = io.BytesIO()
with zipfile.ZipFile(made, "w") as archive:
    for path, text in json.load(sys.stdin).items(): archive.writestr(path, text)
sys.stdout.buffer.write(made.getvalue())
]]
function fixtures.bundle(bucket, files)
  local packed = process.run { "python3", "-c", pack, input = json.encode(files), check = true }.stdout
  aws.s3.put_object { Bucket = bucket, Key = "bundle.zip", Body = packed }
end

-- A web server behind a load balancer with a blue/green deployment group. Options: validate (text of the hook that
-- validates), terminate_minutes, role_without (an action that CodeDeploy's role lacks). Returns a function that starts a
-- deployment.
function fixtures.blue_green(name, options)
  local place = fixtures.subnets()
  local bucket = artifacts.bucket { name = name .. "-bundles" }
  local files = {
    ["index.html"] = "new",
    ["appspec.yml"] = "version: 0.0\nos: linux\nfiles:\n  - source: /index.html\n    destination: /var/www/html\n"
      .. "file_exists_behavior: OVERWRITE\n"
      .. (options.validate and "hooks:\n  ValidateService:\n    - location: validate.sh\n" or ""),
    ["validate.sh"] = options.validate or "true",
  }
  fixtures.bundle(bucket, files)
  local instance = roles.ensure { name = name .. "-instance", service = "ec2", allow = roles.artifacts_read(bucket) }
  roles.instance_profile { name = name .. "-profile", role = instance }
  local allow = roles.codedeploy { instance_role = instance.arn }
  for _, statement in ipairs(allow) do
    for at = #statement, 1, -1 do
      if statement[at] == options.role_without then table.remove(statement, at) end
    end
  end
  local role = roles.ensure { name = name .. "-deploy", service = "codedeploy", allow = allow }
  local _, targets = fixtures.balancer(name)
  local template = fleet.launch_template {
    name = name .. "-lt", image = fleet.amazon_linux(), profile = name .. "-profile",
    user_data = fleet.web_server_data { page = "old" },
  }
  local group = fleet.auto_scaling_group {
    name = name .. "-asg", template = template.id, subnets = place.subnets, size = 1, target_groups = { targets.arn },
  }
  group:wait_healthy(1)
  deploy.application { name = name .. "-app" }
  deploy.group {
    application = name .. "-app", name = name .. "-dg", role = role.arn, groups = { group.name },
    target_group = name .. "-tg", blue_green = { terminate_minutes = options.terminate_minutes },
  }
  return function()
    return deploy.start {
      application = name .. "-app", group = name .. "-dg", bucket = bucket, key = "bundle.zip", overwrite = "OVERWRITE",
    }
  end
end

-- The names of all Auto Scaling groups, sorted.
function fixtures.scaling_groups()
  local names = {}
  for page in aws.autoscaling.pages.describe_auto_scaling_groups {} do
    for _, group in ipairs(page.AutoScalingGroups) do names[#names + 1] = group.AutoScalingGroupName end
  end
  table.sort(names)
  return names
end

-- How many instances are not terminated.
function fixtures.running()
  local count = 0
  for page in aws.ec2.pages.describe_instances {} do
    for _, reservation in ipairs(page.Reservations) do
      for _, instance in ipairs(reservation.Instances) do
        if instance.State.Name ~= "terminated" then count = count + 1 end
      end
    end
  end
  return count
end

-- Plans and runs a teardown of a prefix; prints both, and returns the report.
function fixtures.take_down(prefix, timeout)
  local plan = teardown.plan { prefixes = { prefix } }
  print(tostring(plan))
  local report = plan:run { yes = true, timeout = timeout or 600 }
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
