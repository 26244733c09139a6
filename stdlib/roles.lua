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
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local presets = require "awscicd.roles.presets"
local tags = require "awscicd.support.tags"

local roles = { when_assumable = require "awscicd.roles.assumable" }
for name, preset in pairs(presets) do roles[name] = preset end
module("roles", roles)

local policy_name = "awscicd"

local function statement(description)
  local actions = {}
  for _, action in ipairs(description) do
    if type(action) ~= "string" or not action:find("^[%w-]+:[%w*?]+$") then
      error(("roles: %s is not an action such as \"s3:GetObject\""):format(tostring(action)), 0)
    end
    if action:find("[*?]") and not description.wildcard then
      error(("roles: the action %q has a wildcard; name each action, or say wildcard = true"):format(action), 0)
    end
    actions[#actions + 1] = action
  end
  for key in pairs(description) do
    if type(key) == "string" and not list.contains({ "on", "when", "wildcard" }, key) then
      error(("roles: a statement knows no %q; it has actions, on, when, wildcard"):format(key), 0)
    end
  end
  local on = description.on or "*"
  return {
    Effect = "Allow", Action = actions, Resource = type(on) == "table" and on or { tostring(on) },
    Condition = description.when,
  }
end

-- The policy document, as a table, of a list of statements; lists of statements inside it are flattened.
function roles.document(allow)
  local statements = {}
  local function add(item)
    if type(item) ~= "table" then
      error(("roles: %s is not a statement such as { \"s3:GetObject\", on = arn }"):format(tostring(item)), 0)
    end
    if type(item[1]) == "table" then
      for _, inner in ipairs(item) do add(inner) end
    elseif next(item) ~= nil then
      if item[1] == nil then error("roles: a statement names no action", 0) end
      statements[#statements + 1] = statement(item)
    end
  end
  add(allow)
  return { Version = "2012-10-17", Statement = statements }
end

-- The trust policy, as a table, that lets a service ("codebuild") assume the role.
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

-- Creates the role or brings it up to date: trust, inline policy, managed policies, tags; what is right already is left
-- alone. Options: name, service ("codebuild") or trust (a policy document), allow (a list of statements), tags, description,
-- managed (ARNs of managed policies), boundary (ARN). Returns { name, arn, created }; tostring gives the ARN.
function roles.ensure(options)
  options = options_of.check("roles.ensure", options, {
    name = "!string", service = "string", trust = "table", allow = "list", tags = "table", description = "string",
    managed = "list", boundary = "string",
  })
  local name = options.name
  if not options.service and not options.trust then error("roles.ensure: give service or trust", 2) end
  local trust = json.encode(options.trust or roles.trust(options.service))
  local document = options.allow and roles.document(options.allow)
  local made, created = nil, false
  local existing, err = aws.iam.try.get_role { RoleName = name }
  if existing then
    made = existing.Role
    aws.iam.update_assume_role_policy { RoleName = name, PolicyDocument = trust }
    if options.tags then aws.iam.tag_role { RoleName = name, Tags = tags.upper(options.tags) } end
    if options.boundary then
      aws.iam.put_role_permissions_boundary { RoleName = name, PermissionsBoundary = options.boundary }
    end
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
  elseif document then
    -- Nothing is allowed: what was allowed before goes.
    local _, missing = aws.iam.try.delete_role_policy { RoleName = name, PolicyName = policy_name }
    if missing and not missing:is("NoSuchEntity") then error(missing) end
  end
  for _, managed in ipairs(options.managed or {}) do
    aws.iam.attach_role_policy { RoleName = name, PolicyArn = managed }
  end
  if created then aws.iam.wait.role_exists { RoleName = name } end
  return setmetatable({ name = name, arn = made.Arn, created = created }, Role)
end

-- The instance profile of a role, for launch templates. Options: name, role (its name, or what roles.ensure gave), tags.
-- Returns { name, arn }.
function roles.instance_profile(options)
  options = options_of.check("roles.instance_profile", options, { name = "!string", role = "string|table", tags = "table" })
  local name = options.name
  local existing, err = aws.iam.try.get_instance_profile { InstanceProfileName = name }
  if not existing then
    if not err:is("NoSuchEntity") then error(err) end
    existing = aws.iam.create_instance_profile {
      InstanceProfileName = name, Tags = options.tags and tags.upper(options.tags),
    }
    aws.iam.wait.instance_profile_exists { InstanceProfileName = name }
  end
  local role = type(options.role) == "table" and options.role.name or options.role
  local holds = list.find(existing.InstanceProfile.Roles, function(held) return held.RoleName == role end)
  if role and not holds then
    aws.iam.add_role_to_instance_profile { InstanceProfileName = name, RoleName = role }
  end
  return { name = name, arn = existing.InstanceProfile.Arn }
end

-- The ARN of a role of this account, by its name.
function roles.arn(name)
  if type(name) ~= "string" then error(("roles.arn takes the name of a role, not a %s"):format(type(name)), 2) end
  return arn.of("iam", "role/" .. name, { region = "" })
end

-- The statements of a role's inline policies, for printing and for checks. What IAM gives as text is decoded.
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
