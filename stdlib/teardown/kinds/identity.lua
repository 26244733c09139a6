-- Roles, instance profiles, policies.

local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.instance_profile = {
  title = "instance profile", missing = { "NoSuchEntity" }, busy = { "DeleteConflict" },
  find = find {
    pages = function() return aws.iam.pages.list_instance_profiles {} end, items = "InstanceProfiles",
    name = function(profile) return profile.InstanceProfileName end,
    labels = find.each(function(profile)
      return tags.read(aws.iam.list_instance_profile_tags { InstanceProfileName = profile.InstanceProfileName }.Tags)
    end),
  },
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
  find = find {
    pages = function() return aws.iam.pages.list_roles {} end, items = "Roles",
    name = function(role) return role.RoleName end,
    labels = find.each(function(role) return tags.read(aws.iam.list_role_tags { RoleName = role.RoleName }.Tags) end),
    -- AWS's own roles, which only their service deletes.
    skip = function(role) return role.Path:find("^/aws%-service%-role/") end,
  },
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
  find = find {
    pages = function() return aws.iam.pages.list_policies { Scope = "Local" } end, items = "Policies",
    name = function(policy) return policy.PolicyName end,
    labels = find.each(function(policy) return tags.read(aws.iam.list_policy_tags { PolicyArn = policy.Arn }.Tags) end),
    keep = function(policy) return { id = policy.Arn } end,
  },
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
