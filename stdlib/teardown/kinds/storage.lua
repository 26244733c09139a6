-- Buckets, log groups, parameters, secrets.

local client = aws.client
local aws = require "awscicd.teardown.aws"
local building = require "awscicd.teardown.kinds.building"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- S3 of the region that a bucket is in.
local function s3_of(name)
  local region = aws.s3.get_bucket_location { Bucket = name }.LocationConstraint
  local elsewhere = region and region ~= "" and region ~= aws.region()
  return elsewhere and client { service = "s3", region = region, retry_mode = "adaptive" } or aws.s3
end

-- Deletes every version, delete marker and unfinished upload of a bucket, a thousand at a time.
local function empty_bucket(s3, name)
  for page in s3.pages.list_object_versions { Bucket = name } do
    local objects = {}
    for _, kind in ipairs { "Versions", "DeleteMarkers" } do
      for _, version in ipairs(page[kind] or {}) do
        objects[#objects + 1] = { Key = version.Key, VersionId = version.VersionId }
      end
    end
    for _, slice in ipairs(list.chunks(objects, 1000)) do
      local answer = s3.delete_objects { Bucket = name, Delete = { Objects = slice, Quiet = true } }
      local refused = answer.Errors and answer.Errors[1]
      if refused then error(("%s in %s: %s (%s)"):format(refused.Key, name, refused.Message, refused.Code), 0) end
    end
  end
  for page in s3.pages.list_multipart_uploads { Bucket = name } do
    for _, upload in ipairs(page.Uploads or {}) do
      s3.abort_multipart_upload { Bucket = name, Key = upload.Key, UploadId = upload.UploadId }
    end
  end
end

kinds.s3_bucket = {
  title = "bucket", missing = { "NoSuchBucket" }, busy = { "BucketNotEmpty", "OperationAborted" },
  find = find {
    pages = function() return aws.s3.pages.list_buckets {} end, items = "Buckets",
    name = function(bucket) return bucket.Name end,
    labels = find.each(function(bucket)
      local answer, err = aws.s3.try.get_bucket_tagging { Bucket = bucket.Name }
      if answer then return tags.read(answer.TagSet) end
      if err:is("NoSuchTagSet", "NoSuchBucket") then return {} end
      error(err)
    end),
  },
  delete = function(resource)
    local s3 = s3_of(resource.name)
    empty_bucket(s3, resource.name)
    s3.delete_bucket { Bucket = resource.name }
  end,
}

kinds.log_group = {
  title = "log group", find_after = { "build_project" },
  missing = { "ResourceNotFoundException" }, busy = { "OperationAbortedException" },
  late = true,  -- a late writer makes it again
  find = find {
    pages = function(scope)
      scope:expect_of_each("build_project", "log_group", "/aws/codebuild/", "$")
      -- By a prefix only with the names of all projects at hand: one that is out of scope keeps its log.
      local known = scope.outside.build_project or pcall(building.build_project.find, scope, "build_project")
      for _, prefix in ipairs(known and scope.prefixes or {}) do scope:expect("log_group", "/aws/codebuild/", prefix, "") end
      return aws.logs.pages.describe_log_groups {}
    end,
    items = "logGroups",
    name = function(group) return group.logGroupName end,
    skip = function(_, name, scope)
      return list.contains(scope.outside.build_project, name:match "^/aws/codebuild/(.+)$")
    end,
    labels = find.each(function(group) return aws.logs.list_tags_log_group { logGroupName = group.logGroupName }.tags end),
  },
  delete = function(resource) aws.logs.delete_log_group { logGroupName = resource.name } end,
}

kinds.parameter = {
  title = "parameter", missing = { "ParameterNotFound" },
  find = find {
    pages = function() return aws.ssm.pages.describe_parameters {} end, items = "Parameters",
    name = function(parameter) return parameter.Name end,
    labels = find.each(function(parameter)
      return tags.read(aws.ssm.list_tags_for_resource { ResourceType = "Parameter", ResourceId = parameter.Name }.TagList)
    end),
  },
  delete = function(resource) aws.ssm.delete_parameter { Name = resource.name } end,
  together = { most = 10, delete = function(resources)
    aws.ssm.delete_parameters { Names = list.map(resources, function(resource) return resource.name end) }
  end },
}

kinds.secret = {
  title = "secret", missing = { "ResourceNotFoundException" },
  find = find {
    pages = function() return aws.secretsmanager.pages.list_secrets {} end, items = "SecretList",
    name = function(secret) return secret.Name end,
    labels = find.within(function(secret) return tags.read(secret.Tags) end),
    keep = function(secret) return { id = secret.ARN } end,
  },
  -- Without force the name would stay blocked for days.
  delete = function(resource)
    aws.secretsmanager.delete_secret { SecretId = resource.id, ForceDeleteWithoutRecovery = true }
  end,
}

return kinds
