-- Roles, instance profiles, policies.

local tags = require "awscicd.support.tags"

local kinds = {}

kinds.instance_profile = {
  title = "instance profile", missing = { "NoSuchEntity" }, busy = { "DeleteConflict" },
  find = function(scope)
    local found = {}
    for page in aws.iam.pages.list_instance_profiles {} do
      for _, profile in ipairs(page.InstanceProfiles) do
        local name = profile.InstanceProfileName
        local function labels() return tags.read(aws.iam.list_instance_profile_tags { InstanceProfileName = name }.Tags) end
        if scope:matches("instance_profile", name, labels) then found[#found + 1] = { name = name } end
      end
    end
    return found
  end,
  delete = function(resource)
    local profile = aws.iam.get_instance_profile { InstanceProfileName = resource.name }.InstanceProfile
    for _, role in ipairs(profile.Roles) do
      aws.iam.remove_role_from_instance_profile { InstanceProfileName = resource.name, RoleName = role.RoleName }
    end
    aws.iam.delete_instance_profile { InstanceProfileName = resource.name }
  end,
}

kinds.role = {
  title = "role", missing = { "NoSuchEntity" }, busy = { "DeleteConflict", "ConcurrentModification" },
  find = function(scope)
    local found = {}
    for page in aws.iam.pages.list_roles {} do
      for _, role in ipairs(page.Roles) do
        local function labels() return tags.read(aws.iam.list_role_tags { RoleName = role.RoleName }.Tags) end
        if not role.Path:find("^/aws%-service%-role/") and scope:matches("role", role.RoleName, labels) then
          found[#found + 1] = { name = role.RoleName }
        end
      end
    end
    return found
  end,
  delete = function(resource)
    local name = resource.name
    for page in aws.iam.pages.list_attached_role_policies { RoleName = name } do
      for _, policy in ipairs(page.AttachedPolicies) do
        aws.iam.detach_role_policy { RoleName = name, PolicyArn = policy.PolicyArn }
      end
    end
    for page in aws.iam.pages.list_role_policies { RoleName = name } do
      for _, policy in ipairs(page.PolicyNames) do aws.iam.delete_role_policy { RoleName = name, PolicyName = policy } end
    end
    for page in aws.iam.pages.list_instance_profiles_for_role { RoleName = name } do
      for _, profile in ipairs(page.InstanceProfiles) do
        aws.iam.remove_role_from_instance_profile { InstanceProfileName = profile.InstanceProfileName, RoleName = name }
      end
    end
    aws.iam.delete_role { RoleName = name }
  end,
}

kinds.policy = {
  title = "policy", missing = { "NoSuchEntity" }, busy = { "DeleteConflict" },
  find = function(scope)
    local found = {}
    for page in aws.iam.pages.list_policies { Scope = "Local" } do
      for _, policy in ipairs(page.Policies) do
        local function labels() return tags.read(aws.iam.list_policy_tags { PolicyArn = policy.Arn }.Tags) end
        if scope:matches("policy", policy.PolicyName, labels) then
          found[#found + 1] = { name = policy.PolicyName, id = policy.Arn }
        end
      end
    end
    return found
  end,
  delete = function(resource)
    for page in aws.iam.pages.list_policy_versions { PolicyArn = resource.id } do
      for _, version in ipairs(page.Versions) do
        if not version.IsDefaultVersion then
          aws.iam.delete_policy_version { PolicyArn = resource.id, VersionId = version.VersionId }
        end
      end
    end
    aws.iam.delete_policy { PolicyArn = resource.id }
  end,
  blocker = function(resource)
    local holders = aws.iam.list_entities_for_policy { PolicyArn = resource.id }
    local holder = (holders.PolicyRoles or {})[1]
    if holder then return "it is attached to the role " .. holder.RoleName end
  end,
}

return kinds
