--- Build projects, builds followed with their log as it comes, and test reports as data.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local poll = require "awscicd.support.poll"
local roles = require "awscicd.roles"
local tags = require "awscicd.support.tags"
local where = require "awscicd.support.where"
local tests = require "awscicd.build.tests"
local logs = require "awscicd.build.logs"

local build = { tests = tests.of, logs = logs }

-- A build action for pipeline.stage. Options: project, input, output (or outputs), name, environment = { NAME = value },
-- test (true makes it a Test action), primary (input), namespace, run_order, batch.
function build.codebuild(options)
  local environment
  if options.environment then
    environment = json.encode(list.map(list.keys(options.environment), function(name)
      return { name = name, value = tostring(options.environment[name]), type = "PLAINTEXT" }
    end))
  end
  return {
    primitive = "build.codebuild", line = where.here(1), name = options.name or options.project,
    category = options.test and "Test" or "Build", provider = "CodeBuild", needs = { project = options.project },
    required = { "project" },
    configuration = {
      ProjectName = options.project, EnvironmentVariables = environment, PrimarySource = options.primary,
      BatchEnabled = options.batch and "true" or nil,
    },
    inputs = options.inputs or { options.input }, outputs = options.outputs or { options.output },
    namespace = options.namespace, run_order = options.run_order, role = options.role, region = options.region,
  }
end

-- A project for a pipeline's builds, created or changed. Options: name, role (ARN), buildspec (text; the source's
-- buildspec.yml when absent), image, compute, environment = { NAME = value }, timeout (minutes), cache, tags,
-- description. Returns { name, arn }.
function build.project(options)
  local name = assert(options.name, "build.project: name is missing")
  local settings = {
    name = name, description = options.description,
    serviceRole = tostring(assert(options.role, "build.project: role is missing")),
    source = options.source or { type = "CODEPIPELINE", buildspec = options.buildspec },
    artifacts = options.artifacts or { type = "CODEPIPELINE" },
    environment = {
      type = "LINUX_CONTAINER", image = options.image or "aws/codebuild/amazonlinux-x86_64-standard:5.0",
      computeType = options.compute or "BUILD_GENERAL1_SMALL",
      environmentVariables = list.map(list.keys(options.environment), function(key)
        return { name = key, value = tostring(options.environment[key]), type = "PLAINTEXT" }
      end),
    },
    cache = options.cache, timeoutInMinutes = options.timeout, tags = options.tags and tags.lower(options.tags),
  }
  local existing = aws.codebuild.batch_get_projects { names = { name } }
  local operation = #existing.projects > 0 and "update_project" or "create_project"
  local project = roles.when_assumable(function() return aws.codebuild[operation](settings).project end)
  return { name = name, arn = project.arn }
end

local Build = {}
Build.__index = Build

function build.get(id) return setmetatable({ id = id, project = id:match("^[^:]+") }, Build) end

-- Starts a build of a project on its own. Options are StartBuild's, such as sourceVersion and
-- environmentVariablesOverride.
function build.start(project, options)
  local request = { projectName = project }
  for key, value in pairs(options or {}) do request[key] = value end
  return build.get(aws.codebuild.start_build(request).build.id)
end

function Build:describe()
  return aws.codebuild.batch_get_builds { ids = { self.id } }.builds[1]
    or error(("the build %s does not exist"):format(self.id), 0)
end

-- Waits until the build ends. `on_line(text)` gets each line of its log as it comes. Returns its description; a build
-- that did not succeed raises with the failing phase's message and the last lines of the log.
function Build:follow(options)
  options = options or {}
  local reader, ended
  local done = poll.until_some(function()
    local now = self:describe()
    local place = now.logs
    if options.on_line and place and place.groupName and place.streamName then
      reader = reader or logs.reader(place.groupName, place.streamName)
      reader:each(options.on_line)
    end
    if now.buildComplete then
      if ended then return now end
      ended = true  -- once more, for the log lines that were still on their way
      if not options.on_line then return now end
    end
    return nil, reader and reader.moved
  end, { what = "the end of build " .. self.id, timeout = options.timeout })
  if done.buildStatus ~= "SUCCEEDED" and options.raise ~= false then error(build.failure(done), 0) end
  return done
end

function Build:stop() return aws.codebuild.stop_build { id = self.id }.build end

function Build:tests() return tests.of_build(self:describe()) end

-- What went wrong in a build, as text: the failed phase and its message, then the last lines of its log.
function build.failure(described, lines)
  local phase = list.find(described.phases, function(phase)
    return phase.phaseStatus and phase.phaseStatus ~= "SUCCEEDED"
  end)
  local context = phase and phase.contexts and phase.contexts[1]
  local text = { ("build %s: %s%s"):format(described.id, described.buildStatus, phase and (" in " .. phase.phaseType) or "") }
  if context then text[#text + 1] = ("%s: %s"):format(context.statusCode or "", context.message or "") end
  local place = described.logs
  if place and place.groupName and place.streamName then
    for _, line in ipairs(logs.tail(place.groupName, place.streamName, lines or 15)) do text[#text + 1] = "  " .. line end
  end
  return table.concat(text, "\n")
end

-- The ARN of a project.
function build.arn(project) return arn.of("codebuild", "project/" .. project) end

return build
