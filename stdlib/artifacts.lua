--- Where a pipeline keeps what it makes: versioned buckets and CodeArtifact repositories.

local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local artifacts = { wheel = require "awscicd.artifacts.wheel" }

-- The series' name for the artifact bucket of this account: awscicd-artifacts-<account>.
function artifacts.bucket_name(prefix) return ("%s-artifacts-%s"):format(prefix or "awscicd", aws.account()) end

-- A private, versioned, encrypted bucket; created or brought up to date. Options: name, tags. Returns its name.
function artifacts.bucket(options)
  local name = assert(options.name, "artifacts.bucket: name is missing")
  local region = aws.region()
  local _, err = aws.s3.try.create_bucket {
    Bucket = name,
    CreateBucketConfiguration = region ~= "us-east-1" and { LocationConstraint = region } or nil,
  }
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
  if options.tags then aws.s3.put_bucket_tagging { Bucket = name, Tagging = { TagSet = tags.upper(options.tags) } } end
  return name
end

-- A CodeArtifact domain with one repository. Options: domain, repository, upstream ("public:pypi", an external
-- connection), description, tags. Returns { domain, repository, endpoint } of the repository's pypi format.
function artifacts.packages(options)
  local domain = assert(options.domain, "artifacts.packages: domain is missing")
  local repository = assert(options.repository, "artifacts.packages: repository is missing")
  local labels = options.tags and tags.lower(options.tags)
  local _, err = aws.codeartifact.try.create_domain { domain = domain, tags = labels }
  if err and not err:is("ConflictException") then error(err) end
  _, err = aws.codeartifact.try.create_repository {
    domain = domain, repository = repository, description = options.description, tags = labels,
  }
  if err and not err:is("ConflictException") then error(err) end
  if options.upstream then
    local described = aws.codeartifact.describe_repository { domain = domain, repository = repository }.repository
    local connected = list.find(described.externalConnections, function(connection)
      return connection.externalConnectionName == options.upstream
    end)
    if not connected then
      aws.codeartifact.associate_external_connection {
        domain = domain, repository = repository, externalConnection = options.upstream,
      }
    end
  end
  local endpoint = aws.codeartifact.get_repository_endpoint { domain = domain, repository = repository, format = "pypi" }
  return { domain = domain, repository = repository, endpoint = endpoint.repositoryEndpoint }
end

-- Publishes a Python distribution (a wheel or sdist, as bytes) to a repository made by artifacts.packages, over the
-- upload form that twine uses. What is there already is left alone. Options: name, version, file (its file name),
-- content, filetype ("bdist_wheel" or "sdist"), python ("py3").
function artifacts.publish(packages, options)
  local token = aws.codeartifact.get_authorization_token { domain = packages.domain, durationSeconds = 900 }.authorizationToken
  local boundary = "----awscicd-" .. ("%08x%08x"):format(math.random(0, 0xffffffff), math.random(0, 0xffffffff))
  local parts = {}
  local function field(name, value, extra)
    parts[#parts + 1] = ("--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n"):format(
      boundary, name, extra or "", value)
  end
  field(":action", "file_upload")
  field("protocol_version", "1")
  field("metadata_version", "2.1")
  field("name", options.name)
  field("version", options.version)
  field("filetype", options.filetype or "bdist_wheel")
  field("pyversion", options.python or "py3")
  field("content", options.content, ("; filename=\"%s\"\r\nContent-Type: application/octet-stream"):format(options.file))
  parts[#parts + 1] = "--" .. boundary .. "--\r\n"
  local response = http.post(packages.endpoint, {
    headers = {
      ["Content-Type"] = "multipart/form-data; boundary=" .. boundary,
      Authorization = "Basic " .. artifacts.base64("aws:" .. token),
    },
    body = table.concat(parts),
  })
  if response.status == 409 then return false end
  if response.status >= 300 then
    error(("publishing %s failed: HTTP %d %s"):format(options.file, response.status, response.body:sub(1, 200)), 0)
  end
  return true
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

-- RFC 4648 base64, as HTTP's basic authentication wants it.
function artifacts.base64(bytes)
  local out = {}
  for at = 1, #bytes, 3 do
    local a, b, c = bytes:byte(at, at + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for place = 0, 3 do
      local six = word >> (18 - 6 * place) & 63
      out[#out + 1] = (place == 3 and not c or place == 2 and not b) and "=" or alphabet:sub(six + 1, six + 1)
    end
  end
  return table.concat(out)
end

return artifacts
