-- Launch templates.

local artifacts = require "awscicd.artifacts"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local same = require "awscicd.support.same"
local tags = require "awscicd.support.tags"

-- A launch template; what differs from its newest version becomes a new one. Options: name, image, instance_type
-- ("t3.micro"), security_groups (ids), profile (instance profile's name), user_data (text), key (key pair's name), tags (the
-- instances get them too). Returns { id, name, version, changed }.
return function(options)
  options = options_of.check("fleet.launch_template", options, {
    name = "!string", image = "!string", instance_type = "string", security_groups = "list", profile = "string",
    user_data = "string", key = "string", tags = "table",
  })
  local name = options.name
  local data = {
    ImageId = options.image, InstanceType = options.instance_type or "t3.micro", SecurityGroupIds = options.security_groups,
    IamInstanceProfile = options.profile and { Name = options.profile }, KeyName = options.key,
    UserData = options.user_data and artifacts.base64(options.user_data),
    MetadataOptions = { HttpTokens = "required" },
    TagSpecifications = options.tags and { { ResourceType = "instance", Tags = tags.upper(options.tags) } },
  }
  local found, err = aws.ec2.try.describe_launch_template_versions { LaunchTemplateName = name, Versions = { "$Latest" } }
  if not found then
    if not err:is("InvalidLaunchTemplateName.NotFoundException", "InvalidLaunchTemplateId.NotFound") then error(err) end
    local made = aws.ec2.create_launch_template {
      LaunchTemplateName = name, LaunchTemplateData = data,
      TagSpecifications = options.tags and { { ResourceType = "launch-template", Tags = tags.upper(options.tags) } },
    }.LaunchTemplate
    return { id = made.LaunchTemplateId, name = name, version = made.LatestVersionNumber, changed = true }
  end
  local newest = found.LaunchTemplateVersions[1]
  local differs = list.find(list.keys(data), function(key) return not same.covers(newest.LaunchTemplateData[key], data[key]) end)
    or list.find(list.keys(newest.LaunchTemplateData), function(key) return data[key] == nil end)
  if not differs then
    return { id = newest.LaunchTemplateId, name = name, version = newest.VersionNumber, changed = false }
  end
  local made = aws.ec2.create_launch_template_version {
    LaunchTemplateId = newest.LaunchTemplateId, LaunchTemplateData = data,
  }.LaunchTemplateVersion
  return { id = newest.LaunchTemplateId, name = name, version = made.VersionNumber, changed = true }
end
