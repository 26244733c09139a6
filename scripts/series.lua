-- The names of everything in the series, made from one prefix; the scripts here share them.

local series = {}

local function problem_of(prefix)
  if not prefix:find "^%l[%l%d-]*[%l%d]$" then
    return "cannot be a domain's or a bucket's name: lower-case letters, digits and dashes between them"
  end
end

-- Declared once, so that every script's --help shows the same parameters.
series.parameters = {
  -- 24 characters leave room for the names of load balancers, which have 32.
  prefix = {
    "awscicd", min = 2, max = 24, check = problem_of,
    help = "prefix of every resource's name: lower-case letters, digits and dashes",
  },
  size = { 2, help = "instances in the fleet" },
}

-- All names for a prefix. Parameters and secrets keep the series' own paths when the prefix is the series' own.
function series.names(prefix)
  local problem = problem_of(prefix)
  if problem then error(("the prefix %q %s"):format(prefix, problem), 0) end
  local original = prefix == "awscicd"
  local names = {
    prefix = prefix,
    repository = prefix .. "-demo-app", branch = "main",
    bucket = artifacts.bucket_name(prefix),
    project = prefix .. "-demo-build",
    domain = prefix, packages = "demo-repo", package = prefix .. "-demo-greeting",
    greeting = original and "/cicddemo/greeting" or ("/%s/greeting"):format(prefix),
    api_key = original and "/cicddemo/api-key" or ("/%s/api-key"):format(prefix),
    secret = prefix .. "/demo/db",
    application = prefix .. "-demo", group = prefix .. "-cap-dg",
    template = prefix .. "-cap-lt", balancer = prefix .. "-cap-alb", targets = prefix .. "-cap-tg",
    fleet = prefix .. "-cap-asg", alarm = prefix .. "-cap-alarm",
    balancer_group = prefix .. "-cap-alb-sg", instance_group = prefix .. "-cap-sg",
    pipeline = prefix .. "-cap-pipeline", trigger = prefix .. "-cap-trigger",
    topic = prefix .. "-cap-topic", notification = prefix .. "-cap-notifications",
    roles = {
      build = prefix .. "-codebuild-role", pipeline = prefix .. "-codepipeline-role",
      deploy = prefix .. "-codedeploy-role", instance = prefix .. "-instance-role", events = prefix .. "-events-role",
    },
    profile = prefix .. "-instance-profile",
    tags = { project = prefix },
  }
  return names
end

-- What a teardown of the series is about: the prefix, and exact names where it does not cover them.
function series.scope(names)
  return {
    -- Another series whose prefix begins with this one has the tag with its own.
    prefixes = { names.prefix .. "-" }, owner = names.tags,
    names = {
      parameter = { names.greeting, names.api_key }, secret = { names.secret }, package_domain = { names.domain },
      -- Builds write here; the project may be gone already.
      log_group = { "/aws/codebuild/" .. names.project },
    },
  }
end

-- The pipeline, as the series' last article has it.
function series.pipeline(names, topic)
  return pipeline.define {
    name = names.pipeline, type = "V2", role = names.roles.pipeline, artifacts = names.bucket, tags = names.tags,
    pipeline.stage "Source" {
      source.codecommit { name = "Source", repository = names.repository, branch = names.branch, output = "Src", poll = false },
    },
    pipeline.stage "BuildAndTest" {
      build.codebuild { name = "BuildAndTest", project = names.project, input = "Src", output = "Built" },
    },
    pipeline.stage "Approval" {
      gate.manual { name = "ManualApproval", topic = topic, message = "Xem lại thay đổi trước khi triển khai" },
    },
    pipeline.stage "DeployBlueGreen" {
      deploy.codedeploy { name = "DeployBlueGreen", application = names.application, group = names.group, input = "Built" },
    },
  }
end

return series
