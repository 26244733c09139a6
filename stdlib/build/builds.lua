-- One build: started, followed with its log as it comes, and what went wrong in it.

local environment = require "awscicd.build.environment"
local list = require "awscicd.support.list"
local logs = require "awscicd.build.logs"
local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local tests = require "awscicd.build.tests"

local builds = {}

local Build = {}
Build.__index = Build
Build.__tostring = function(self) return "build " .. self.id end

-- A build that exists, by its id ("project:uuid") or ARN.
function builds.get(id)
  if type(id) ~= "string" or id == "" then error("build.get takes the id of a build", 2) end
  id = id:match("^arn:.*:build/(.+)$") or id
  return setmetatable({ id = id, project = id:match("^[^:]+") }, Build)
end

-- Starts a build of a project on its own. Options: environment = { NAME = value }, version (commit, branch, or an object's
-- version), buildspec (text), and StartBuild's own members, such as sourceLocationOverride.
function builds.start(project, options)
  local request = { projectName = project }
  for key, value in pairs(options or {}) do request[key] = value end
  request.environment, request.version, request.buildspec = nil, nil, nil
  options = options or {}
  if options.environment then request.environmentVariablesOverride = environment.list(options.environment) end
  if options.version then request.sourceVersion = options.version end
  if options.buildspec then request.buildspecOverride = options.buildspec end
  return builds.get(aws.codebuild.start_build(request).build.id)
end

-- CodeBuild's description: { id, buildStatus, currentPhase, phases, logs, reportArns, ... }.
function Build:describe()
  return aws.codebuild.batch_get_builds { ids = { self.id } }.builds[1]
    or error(("the build %s does not exist"):format(self.id), 0)
end

-- A reader of the build's log: tail:each(function(line) end) gives the lines that came since the last time. The stream is
-- known only once the build has begun, and is looked up until then.
function builds.tail(build)
  local tail = {}
  function tail:each(fn)
    if not self.reader then
      local place = build:describe().logs
      if not (place and place.groupName and place.streamName) then return end
      self.reader = logs.reader(place.groupName, place.streamName)
    end
    self.reader:each(fn)
  end
  return tail
end
function Build:tail() return builds.tail(self) end

-- Waits until the build ends. Options: on_line(text), told of each line of its log as it comes; on_phase(name, status);
-- timeout (seconds); raise (true). Returns its description; a build that did not succeed raises with the failing phase's
-- message and the last lines of the log.
function Build:follow(options)
  options = options_of.check("follow", options, {
    on_line = "function", on_phase = "function", timeout = "number", raise = "boolean",
  })
  local reader, ended, told = nil, false, {}
  local done = poll.until_some(function()
    local now = self:describe()
    local moved = false
    for _, phase in ipairs(options.on_phase and now.phases or {}) do
      local key = phase.phaseType .. tostring(phase.phaseStatus)
      if not told[key] then
        told[key], moved = true, true
        options.on_phase(phase.phaseType, phase.phaseStatus or "IN_PROGRESS")
      end
    end
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
    return nil, moved or reader and reader.moved
  end, { what = "the end of build " .. self.id, timeout = options.timeout })
  if done.buildStatus ~= "SUCCEEDED" and options.raise ~= false then error(builds.failure(done), 0) end
  return done
end

-- Stops the build; returns its description.
function Build:stop() return aws.codebuild.stop_build { id = self.id }.build end

-- Starts it again, with the same settings; returns the new build.
function Build:retry() return builds.get(aws.codebuild.retry_build { id = self.id }.build.id) end

-- Its test reports; see build.tests.
function Build:tests() return tests.of_build(self:describe()) end

-- Its whole log so far, as a list of lines.
function Build:log()
  local lines = {}
  self:tail():each(function(line) lines[#lines + 1] = line end)
  return lines
end

-- What went wrong in a build, as text: the failed phase and its message, then the last `lines` (15) lines of its log.
function builds.failure(described, lines)
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

return builds
