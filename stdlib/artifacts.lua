--- Where a pipeline keeps what it makes: versioned buckets and CodeArtifact repositories.

--
--   local bucket = artifacts.bucket { name = artifacts.bucket_name "awscicd" }
--   local bundle = artifacts.upload { bucket = bucket, key = "web.zip", content = artifacts.zip(files) }
--   deploy.start { application = "web", group = "blue-green", bucket = bucket, key = bundle.key, version = bundle.version }

local base64 = require "awscicd.artifacts.base64"
local list = require "awscicd.support.list"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local packages = require "awscicd.artifacts.packages"
local tags = require "awscicd.support.tags"
local zip = require "awscicd.artifacts.zip"

local artifacts = module("artifacts", {
  wheel = require "awscicd.artifacts.wheel", zip = zip.of_files, base64 = base64,
  packages = packages.ensure, publish = packages.publish, published = packages.published,
})

-- The series' name for the artifact bucket of this account: awscicd-artifacts-<account>.
function artifacts.bucket_name(prefix) return ("%s-artifacts-%s"):format(prefix or "awscicd", aws.account()) end

-- A private, versioned, encrypted bucket; created or brought up to date. Options: name, expire_days (old versions and
-- unfinished uploads go after so many days), tags. Returns its name.
function artifacts.bucket(options)
  options = options_of.check("artifacts.bucket", options, { name = "!string", expire_days = "integer", tags = "table" })
  local name, region = options.name, aws.region()
  local _, err = aws.s3.try.create_bucket {
    Bucket = name,
    CreateBucketConfiguration = region ~= "us-east-1" and { LocationConstraint = region } or nil,
  }
  if err and err:is("BucketAlreadyExists") then
    error(("artifacts.bucket: the name %s belongs to another account; bucket names are unique in all of AWS"):format(name), 2)
  end
  if err and not err:is("BucketAlreadyOwnedByYou") then error(err) end
  aws.s3.put_public_access_block {
    Bucket = name,
    PublicAccessBlockConfiguration = {
      BlockPublicAcls = true, IgnorePublicAcls = true, BlockPublicPolicy = true, RestrictPublicBuckets = true,
    },
  }
  aws.s3.put_bucket_versioning { Bucket = name, VersioningConfiguration = { Status = "Enabled" } }
  aws.s3.put_bucket_encryption {
    Bucket = name,
    ServerSideEncryptionConfiguration = { Rules = { { ApplyServerSideEncryptionByDefault = { SSEAlgorithm = "AES256" } } } },
  }
  if options.expire_days then
    aws.s3.put_bucket_lifecycle_configuration {
      Bucket = name,
      LifecycleConfiguration = { Rules = { {
        ID = "awscicd-old-versions", Status = "Enabled", Filter = { Prefix = "" },
        NoncurrentVersionExpiration = { NoncurrentDays = options.expire_days },
        AbortIncompleteMultipartUpload = { DaysAfterInitiation = options.expire_days },
      } } },
    }
  end
  if options.tags then aws.s3.put_bucket_tagging { Bucket = name, Tagging = { TagSet = tags.upper(options.tags) } } end
  return name
end

-- Puts an object into a bucket. Options: bucket, key, content (bytes) or file (a path), type (the content's MIME type).
-- Returns { bucket, key, version (in a versioned bucket), etag }.
function artifacts.upload(options)
  options = options_of.check("artifacts.upload", options, {
    bucket = "!string", key = "!string", content = "string", file = "string", type = "string",
  })
  if (options.content == nil) == (options.file == nil) then error("artifacts.upload: give content or file", 2) end
  local put = aws.s3.put_object {
    Bucket = options.bucket, Key = options.key, Body = options.content or aws.file(options.file), ContentType = options.type,
  }
  return { bucket = options.bucket, key = options.key, version = put.VersionId, etag = put.ETag }
end

-- The bytes of an object, or of one of its versions; nil when it is not there.
function artifacts.download(bucket, key, version)
  local found, err = aws.s3.try.get_object { Bucket = bucket, Key = key, VersionId = version }
  if found then return found.Body end
  if err:is("NoSuchKey", "NoSuchVersion") then return nil end
  error(err)
end

-- The versions of the objects below a prefix, newest first for each key: { { key, version, latest, deleted, size, modified } };
-- `deleted` marks a deletion's marker.
function artifacts.versions(bucket, prefix)
  local found, place = {}, {}
  for page in aws.s3.pages.list_object_versions { Bucket = bucket, Prefix = prefix } do
    for member, deleted in pairs { Versions = false, DeleteMarkers = true } do
      list.append(found, list.map(page[member], function(one)
        return {
          key = one.Key, version = one.VersionId, latest = one.IsLatest, deleted = deleted, size = one.Size,
          modified = one.LastModified,
        }
      end))
      for position = #found - #(page[member] or {}) + 1, #found do place[found[position]] = position end
    end
  end
  table.sort(found, function(a, b)
    if a.key ~= b.key then return a.key < b.key end
    if a.latest ~= b.latest then return a.latest end
    if a.modified ~= b.modified then return a.modified > b.modified end
    return place[a] < place[b]  -- times are whole seconds; S3 itself lists the newest first
  end)
  return found
end

return artifacts
