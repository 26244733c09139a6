-- Buckets, log groups, parameters, secrets.

local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- Deletes every version, delete marker and unfinished upload of a bucket, a thousand at a time.
local function empty_bucket(name)
  local region = aws.s3.get_bucket_location { Bucket = name }.LocationConstraint
  local elsewhere = region and region ~= "" and region ~= aws.region()
  local s3 = elsewhere and aws.client { service = "s3", region = region } or aws.s3
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
  return s3
end

kinds.s3_bucket = {
  title = "bucket", missing = { "NoSuchBucket" }, busy = { "BucketNotEmpty", "OperationAborted" },
  find = function(scope)
    local found = {}
    for _, bucket in ipairs(aws.s3.list_buckets {}.Buckets or {}) do
      local function labels()
        local answer, err = aws.s3.try.get_bucket_tagging { Bucket = bucket.Name }
        if answer then return tags.read(answer.TagSet) end
        if err:is("NoSuchTagSet", "NoSuchBucket", "AccessDenied", "PermanentRedirect") then return {} end
        error(err)
      end
      if scope:matches("s3_bucket", bucket.Name, labels) then
        found[#found + 1] = { name = bucket.Name, tags = labels() }
      end
    end
    return found
  end,
  delete = function(resource)
    local s3 = empty_bucket(resource.name)
    s3.delete_bucket { Bucket = resource.name }
  end,
}

kinds.log_group = {
  title = "log group", find_after = { "build_project" },
  missing = { "ResourceNotFoundException" }, busy = { "OperationAbortedException" },
  late = true,  -- a late writer makes it again
  find = function(scope)
    local found = {}
    for _, project in ipairs(scope:all_names("build_project")) do
      scope:expect("log_group", "/aws/codebuild/" .. project)
    end
    for page in aws.logs.pages.describe_log_groups {} do
      for _, group in ipairs(page.logGroups) do
        local name = group.logGroupName
        local function labels() return aws.logs.list_tags_log_group { logGroupName = name }.tags or {} end
        if scope:matches("log_group", name, labels) then found[#found + 1] = { name = name } end
      end
    end
    return found
  end,
  delete = function(resource) aws.logs.delete_log_group { logGroupName = resource.name } end,
}

kinds.parameter = {
  title = "parameter", missing = { "ParameterNotFound" },
  find = function(scope)
    local found = {}
    for page in aws.ssm.pages.describe_parameters {} do
      for _, parameter in ipairs(page.Parameters) do
        local function labels()
          return tags.read(aws.ssm.list_tags_for_resource { ResourceType = "Parameter", ResourceId = parameter.Name }.TagList)
        end
        if scope:matches("parameter", parameter.Name, labels) then found[#found + 1] = { name = parameter.Name } end
      end
    end
    return found
  end,
  delete = function(resource) aws.ssm.delete_parameter { Name = resource.name } end,
}

kinds.secret = {
  title = "secret", missing = { "ResourceNotFoundException" },
  find = function(scope)
    local found = {}
    for page in aws.secretsmanager.pages.list_secrets {} do
      for _, secret in ipairs(page.SecretList) do
        local labels = tags.read(secret.Tags)
        if scope:matches("secret", secret.Name, labels) then
          found[#found + 1] = { name = secret.Name, id = secret.ARN, tags = labels }
        end
      end
    end
    return found
  end,
  -- Without force the name would stay blocked for days.
  delete = function(resource)
    aws.secretsmanager.delete_secret { SecretId = resource.id or resource.name, ForceDeleteWithoutRecovery = true }
  end,
}

return kinds
