-- Needs: the local cloud
-- CodeArtifact alone: a domain and repository, two versions of a package published, installed by pip, and torn down.
local check, fixtures = require "check", require "fixtures"

local where = artifacts.packages { domain = "pkg-domain", repository = "pkg-python", tags = { team = "web" } }
check.equal(artifacts.packages({ domain = "pkg-domain", repository = "pkg-python" }).endpoint, where.endpoint)
local described = aws.codeartifact.describe_repository { domain = "pkg-domain", repository = "pkg-python" }.repository
check.equal(aws.codeartifact.list_tags_for_resource({ resourceArn = described.arn }).tags, { { key = "team", value = "web" } })
check.equal(artifacts.published(where), {})

local function wheel(version)
  return artifacts.wheel {
    name = "pkg-greeter", version = version, summary = "Greets", files = {
      ["pkg_greeter/__init__.py"] = ("VERSION = %q\n"):format(version),
    },
  }
end
check.equal(artifacts.publish(where, wheel "1.0.0"), true)
check.equal(artifacts.publish(where, wheel "1.1.0"), true)
check.equal(artifacts.publish(where, wheel "1.0.0"), false, "what is there already is left alone")
check.equal(artifacts.published(where), { ["pkg-greeter"] = { "1.1.0", "1.0.0" } })

-- pip finds the newest by itself, and an older one by its version; without a token it finds nothing.
local function install(version, token)
  local folder = fs.temp_directory "installed"
  local index = where.endpoint:gsub("^(https?://)", "%1aws:" .. token .. "@") .. "simple/"
  local result = process.run {
    "python3", "-m", "pip", "install", "--quiet", "--no-cache-dir", "--disable-pip-version-check", "--no-input",
    "--target", folder, "--index-url", index, "pkg-greeter" .. (version and "==" .. version or ""),
  }
  if result.status ~= 0 then return nil, result.stderr end
  return process.run({
    "python3", "-c", "import pkg_greeter; print(pkg_greeter.VERSION)", env = { PYTHONPATH = tostring(folder) }, check = true,
  }).stdout
end
local token = aws.codeartifact.get_authorization_token { domain = "pkg-domain" }.authorizationToken
check.equal(install(nil, token), "1.1.0\n")
check.equal(install("1.0.0", token), "1.0.0\n")
check.equal(install("2.0.0", token), nil)
check.equal(install("1.0.0", "no-token"), nil)

-- A second repository of the domain reads through the first: the same package comes from there.
aws.codeartifact.create_repository {
  domain = "pkg-domain", repository = "pkg-team", upstreams = { { repositoryName = "pkg-python" } },
}
local team = artifacts.packages { domain = "pkg-domain", repository = "pkg-team" }
check.equal(artifacts.published(team), {})
where = team
check.equal(install(nil, token), "1.1.0\n")

check.fails(function() artifacts.packages { domain = "pkg-domain", repository = "pkg-x", upstream = "public:rubygem" } end,
  "public:rubygem")
check.fails(function() artifacts.publish({ domain = "no-domain", endpoint = where.endpoint }, wheel "3") end, "no-domain")

-- The domain goes after its repositories, and nothing is left.
local report = fixtures.take_down "pkg-"
check.yes(teardown.clean(report), "a clean teardown")
check.equal(fixtures.labels(report.gone),
  "package_domain pkg-domain, package_repository pkg-domain/pkg-python, package_repository pkg-domain/pkg-team, "
    .. "package_repository pkg-domain/pkg-x")
check.equal(#teardown.audit { prefixes = { "pkg-" } }, 0)
