--- Least-privilege service roles from short descriptions.
--
--   local role = roles.ensure {
--     name = "awscicd-codebuild-role", service = "codebuild",
--     allow = { roles.logs("/aws/codebuild/awscicd-demo-build"), { "s3:GetObject", on = bucket_arn .. "/*" } },
--   }
--
-- A statement is { action, action, ..., on = arn or list of arns, when = condition }. The presets (roles.logs,
-- roles.artifacts, ...) return statements, so that a script can print, change or extend them.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local tags = require "awscicd.support.tags"
local presets = require "awscicd.roles.presets"

local roles = setmetatable({}, { __index = presets })

local policy_name = "awscicd"

local function statement(description)
  local actions = {}
  for _, action in ipairs(description) do
    if action:find("*", 1, true) and not description.wildcard then
      error(("roles: the action %q has a wildcard; name each action, or say wildcard = true"):format(action), 0)
    end
    actions[#actions + 1] = action
  end
  if #actions == 0 then error("roles: a statement names no action", 0) end
  local on = description.on or "*"
  return { Effect = "Allow", Action = actions, Resource = type(on) == "table" and on or { on }, Condition = description.when }
end

-- The policy document, as a table, of a list of statements; lists of statements inside it are flattened.
function roles.document(allow)
  local statements = {}
  local function add(item)
    if type(item[1]) == "table" then
      for _, inner in ipairs(item) do add(inner) end
    elseif item[1] then
      statements[#statements + 1] = statement(item)
    end
  end
  add(allow)
  return { Version = "2012-10-17", Statement = statements }
end

-- The trust policy that lets a service ("codebuild") assume the role.
function roles.trust(service)
  local principal = service:find("%.") and service or (service .. ".amazonaws.com")
  return {
    Version = "2012-10-17",
    Statement = { { Effect = "Allow", Principal = { Service = principal }, Action = "sts:AssumeRole" } },
  }
end

local Role = {}
Role.__index = Role
Role.__tostring = function(self) return self.arn end

-- Waits until a service can assume the role. IAM answers at once, but the other services see a new role some seconds
-- later, so a role that was just made gets that time; one that stood before needs none.
function Role:settle()
  if not self.created then return self end
  aws.iam.wait.role_exists { RoleName = self.name }
  return self
end

-- Creates the role or brings it up to date: trust, inline policy, tags. Options: name, service, allow, tags,
-- description, managed (ARNs of managed policies), boundary. Returns { name, arn, created }.
function roles.ensure(options)
  local name = assert(options.name, "roles.ensure: name is missing")
  local trust = json.encode(options.trust or roles.trust(assert(options.service, "roles.ensure: service is missing")))
  local document = options.allow and roles.document(options.allow)
  local made, created = nil, false
  local existing, err = aws.iam.try.get_role { RoleName = name }
  if existing then
    made = existing.Role
    aws.iam.update_assume_role_policy { RoleName = name, PolicyDocument = trust }
  elseif err:is("NoSuchEntity") then
    made = aws.iam.create_role {
      RoleName = name, AssumeRolePolicyDocument = trust, Description = options.description,
      PermissionsBoundary = options.boundary, Tags = options.tags and tags.upper(options.tags),
    }.Role
    created = true
  else
    error(err)
  end
  if document and #document.Statement > 0 then
    aws.iam.put_role_policy { RoleName = name, PolicyName = policy_name, PolicyDocument = json.encode(document) }
  end
  for _, managed in ipairs(options.managed or {}) do
    aws.iam.attach_role_policy { RoleName = name, PolicyArn = managed }
  end
  return setmetatable({ name = name, arn = made.Arn, created = created }, Role):settle()
end

-- The instance profile of a role, for launch templates. Returns { name, arn }.
function roles.instance_profile(options)
  local name = assert(options.name, "roles.instance_profile: name is missing")
  local existing, err = aws.iam.try.get_instance_profile { InstanceProfileName = name }
  if not existing then
    if not err:is("NoSuchEntity") then error(err) end
    existing = aws.iam.create_instance_profile {
      InstanceProfileName = name, Tags = options.tags and tags.upper(options.tags),
    }
    aws.iam.wait.instance_profile_exists { InstanceProfileName = name }
  end
  local role = options.role and (options.role.name or options.role)
  local holds = list.find(existing.InstanceProfile.Roles, function(held) return held.RoleName == role end)
  if role and not holds then
    aws.iam.add_role_to_instance_profile { InstanceProfileName = name, RoleName = role }
  end
  return { name = name, arn = existing.InstanceProfile.Arn }
end

-- Runs `call` again while a service answers that it cannot assume a role yet, which it does for some seconds after the
-- role was made. Any other error is raised at once.
function roles.when_assumable(call, options)
  options = options or {}
  return poll.until_some(function()
    local ok, result = pcall(call)
    if ok then return result == nil and true or result end
    local text = tostring(result)
    local waits = text:find("assume", 1, true) or text:find("not authorized to perform: sts:AssumeRole", 1, true)
      or text:find("Invalid IAM Instance Profile", 1, true) or text:find("role .- is invalid")
    if not waits then error(result, 0) end
  end, { timeout = options.timeout or 60, what = options.what or "the new role becoming usable" })
end

-- The ARN of a role of this account, by its name.
function roles.arn(name) return arn.of("iam", "role/" .. name, { region = "" }) end

-- Follows an inline policy back: the statements that a role holds, for printing and for checks.
function roles.read(name)
  local found = {}
  for page in aws.iam.pages.list_role_policies { RoleName = name } do
    for _, policy in ipairs(page.PolicyNames) do
      list.append(found, aws.iam.get_role_policy { RoleName = name, PolicyName = policy }.PolicyDocument.Statement)
    end
  end
  return found
end

return roles
