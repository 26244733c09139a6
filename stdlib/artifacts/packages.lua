-- CodeArtifact: domains, repositories, packages.

local base64 = require "awscicd.artifacts.base64"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local packages = {}

-- A CodeArtifact domain with one repository. Options: domain, repository, upstream ("public:pypi", an external
-- connection), description, tags. Returns { domain, repository, endpoint } of the repository's pypi format.
function packages.ensure(options)
  options = options_of.check("artifacts.packages", options, {
    domain = "!string", repository = "!string", upstream = "string", description = "string", tags = "table",
  })
  local domain, repository = options.domain, options.repository
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
function packages.publish(where, options)
  options = options_of.check("artifacts.publish", options, {
    name = "!string", version = "!string", file = "!string", content = "!string", filetype = { "bdist_wheel", "sdist" },
    python = "string",
  })
  local token = aws.codeartifact.get_authorization_token { domain = where.domain, durationSeconds = 900 }.authorizationToken
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
  local response = http.post(where.endpoint, {
    headers = {
      ["Content-Type"] = "multipart/form-data; boundary=" .. boundary,
      Authorization = "Basic " .. base64("aws:" .. token),
    },
    body = table.concat(parts),
  })
  if response.status == 409 then return false end
  if response.status >= 300 then
    error(("publishing %s failed: HTTP %d %s"):format(options.file, response.status, response.body:sub(1, 200)), 0)
  end
  return true
end

-- What a repository made by artifacts.packages holds: { [package] = { version, ... } }.
function packages.published(where)
  local found = {}
  for page in aws.codeartifact.pages.list_packages { domain = where.domain, repository = where.repository } do
    for _, one in ipairs(page.packages) do
      local versions = {}
      for more in aws.codeartifact.pages.list_package_versions {
        domain = where.domain, repository = where.repository, format = one.format, package = one.package,
        namespace = one.namespace,
      } do
        list.append(versions, list.map(more.versions, function(version) return version.version end))
      end
      found[one.package] = versions
    end
  end
  return found
end

return packages
