--- Build projects, builds followed with their log as it comes, and test reports as data.
--
--   build.project { name = "demo-build", role = role, buildspec = text, environment = { MODE = "ci" } }
--   local one = build.start("demo-build")
--   one:follow { on_line = print }
--   for _, case in ipairs(one:tests().failing) do print(case.name, case.message) end

local action = require "awscicd.pipeline.action"
local arn = require "awscicd.support.arn"
local builds = require "awscicd.build.builds"
local environment = require "awscicd.build.environment"
local list = require "awscicd.support.list"
local logs = require "awscicd.build.logs"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"
local tests = require "awscicd.build.tests"

local build = module("build", {
  get = builds.get, start = builds.start, failure = builds.failure, logs = logs, tests = tests.of,
  parameter = environment.parameter, secret = environment.secret,
})

-- A build action for pipeline.stage. Options: project, input or inputs, output or outputs, environment = { NAME = value,
-- build.parameter "/name" or build.secret "name:key" }, test (true makes it a Test action), primary (the input with the
-- buildspec), batch (true: a batch build), buildspec (text or path, in place of the project's), timeout (minutes), and name,
-- namespace, run_order, role, region.
function build.codebuild(options)
  return action.new("build.codebuild", options, {
    project = "!string", input = "string", inputs = "list", output = "string", outputs = "list", environment = "table",
    test = "boolean", primary = "string", batch = "boolean", buildspec = "string", timeout = "integer",
  }, function(given)
    local variables = type(given.environment) == "table" and environment.list(given.environment) or {}
    return {
      name = given.project, category = given.test and "Test" or "Build", provider = "CodeBuild", timeout = given.timeout,
      configuration = {
        ProjectName = given.project, EnvironmentVariables = #variables > 0 and json.encode(variables) or nil,
        PrimarySource = given.primary, BatchEnabled = given.batch and "true" or nil, BuildspecOverride = given.buildspec,
      },
    }
  end)
end

-- A project, created or changed to what is said. Options: name, role (ARN or role), buildspec (text; the source's
-- buildspec.yml when absent), image, compute ("BUILD_GENERAL1_SMALL"), environment = { NAME = value }, timeout (minutes, 5
-- to 2160), cache, privileged (true for builds of container images), batch (true where it is to run batches, with the same
-- role: roles.codebuild { batch = true }), source and artifacts (CodeBuild's structures, in place of the pipeline's own),
-- description, tags. Returns { name, arn }.
function build.project(options)
  options = options_of.check("build.project", options, {
    name = "!string", role = "!text", buildspec = "string", image = "string", compute = "string", environment = "table",
    timeout = "integer", cache = "table", privileged = "boolean", batch = "boolean", source = "table", artifacts = "table",
    description = "string", tags = "table",
  })
  local name, role = options.name, tostring(options.role)
  local settings = {
    name = name, description = options.description, serviceRole = role,
    source = options.source or { type = "CODEPIPELINE", buildspec = options.buildspec },
    artifacts = options.artifacts or { type = "CODEPIPELINE" },
    environment = {
      type = "LINUX_CONTAINER", image = options.image or "aws/codebuild/amazonlinux-x86_64-standard:5.0",
      computeType = options.compute or "BUILD_GENERAL1_SMALL", privilegedMode = options.privileged,
      environmentVariables = json.list(environment.list(options.environment)),
    },
    buildBatchConfig = options.batch and { serviceRole = role } or nil,
    cache = options.cache, timeoutInMinutes = options.timeout, tags = options.tags and tags.lower(options.tags),
  }
  local existing = aws.codebuild.batch_get_projects { names = { name } }
  local operation = #existing.projects > 0 and "update_project" or "create_project"
  local project = roles.when_assumable(function() return aws.codebuild[operation](settings).project end, {
    role = role, what = "CodeBuild accepting the role",
  })
  return { name = name, arn = project.arn }
end

-- The builds of a project, newest first: CodeBuild's descriptions, at most `count` (10).
function build.history(project, count)
  local ids = {}
  for page in aws.codebuild.pages.list_builds_for_project { projectName = project, sortOrder = "DESCENDING" } do
    list.append(ids, page.ids)
    if #ids >= (count or 10) then break end
  end
  ids = table.move(ids, 1, math.min(#ids, count or 10), 1, {})
  local found = {}
  for _, slice in ipairs(list.chunks(ids, 100)) do
    list.append(found, aws.codebuild.batch_get_builds { ids = slice }.builds)
  end
  table.sort(found, function(a, b) return (a.startTime or 0) > (b.startTime or 0) end)
  return found
end

-- The ARN of a project.
function build.arn(project) return arn.of("codebuild", "project/" .. project) end

return build
