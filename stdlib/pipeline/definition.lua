-- A pipeline's definition: from stages and actions to CodePipeline's structure, with every mistake found beforehand.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local where = require "awscicd.support.where"

local definition = {}

local modes = { "SUPERSEDED", "QUEUED", "PARALLEL" }
local known = {
  "name", "role", "artifacts", "type", "mode", "variables", "triggers", "tags", "kms_key",
}

-- pipeline.stage "Name" { action, ..., on_failure = ..., before_entry = ..., on_success = ... }
function definition.stage(name)
  local line = where.here(1)
  return function(content)
    return {
      primitive = "pipeline.stage", name = name, line = line, actions = list.map(content, function(action) return action end),
      on_failure = content.on_failure, on_success = content.on_success, before_entry = content.before_entry,
    }
  end
end

local Problems = {}
Problems.__index = Problems
function Problems:add(line, text, ...) self[#self + 1] = ("%s: %s"):format(line, text:format(...)) end

local function check_name(problems, line, what, name, longest)
  if type(name) ~= "string" or name == "" then
    problems:add(line, "%s has no name", what)
  elseif not name:find("^[%w.@_-]+$") then
    problems:add(line, "%s %q: a name has only letters, digits and . @ - _", what, name)
  elseif #name > longest then
    problems:add(line, "%s %q: a name has at most %d characters", what, name, longest)
  end
end

local function check_action(problems, action, stage, outputs, names)
  if type(action) ~= "table" or not action.category then
    problems:add(stage.line, "stage %q holds something that is not an action (%s)", stage.name, tostring(action))
    return
  end
  local what = ("action %q of stage %q"):format(tostring(action.name), stage.name)
  check_name(problems, action.line, "action", action.name, 100)
  if names[action.name] then problems:add(action.line, "%s: the stage has two actions of this name", what) end
  names[action.name or ""] = true
  for _, key in ipairs(action.required or {}) do
    if action.needs[key] == nil then problems:add(action.line, "%s: %s is missing", what, key) end
  end
  for _, input in ipairs(action.inputs) do
    if not outputs[input] then
      local near = list.nearest(input, list.keys(outputs))
      problems:add(action.line, "%s: no earlier action outputs %q%s", what, input,
        near and (" (did you mean %q?)"):format(near) or "")
    end
  end
end

-- Checks the whole of a definition; returns a list of problems, each with its line, empty when it is right.
function definition.problems(options)
  local problems = setmetatable({}, Problems)
  local line = options.line
  check_name(problems, line, "pipeline", options.name, 100)
  for key in pairs(options) do
    if type(key) == "string" and key ~= "line" and not list.contains(known, key) then
      local near = list.nearest(key, known)
      problems:add(line, "pipeline.define knows no %q%s", key, near and (" (did you mean %q?)"):format(near) or "")
    end
  end
  if not options.role then problems:add(line, "pipeline %q: role is missing", tostring(options.name)) end
  if not options.artifacts then problems:add(line, "pipeline %q: artifacts (a bucket) is missing", tostring(options.name)) end
  if options.mode and not list.contains(modes, options.mode) then
    problems:add(line, "mode %q is none of %s", tostring(options.mode), table.concat(modes, ", "))
  end
  if #options < 2 then problems:add(line, "a pipeline has at least two stages; this one has %d", #options) end

  local outputs, stage_names, namespaces = {}, {}, {}
  for position, stage in ipairs(options) do
    if type(stage) ~= "table" or stage.primitive ~= "pipeline.stage" then
      problems:add(line, "stage %d is not a pipeline.stage", position)
    else
      check_name(problems, stage.line, "stage", stage.name, 100)
      if stage_names[stage.name] then problems:add(stage.line, "there are two stages named %q", stage.name) end
      stage_names[stage.name] = true
      if #stage.actions == 0 then problems:add(stage.line, "stage %q has no action", stage.name) end
      local names = {}
      local by_order = {}
      for _, action in ipairs(stage.actions) do by_order[#by_order + 1] = action end
      table.sort(by_order, function(a, b)
        return ((type(a) == "table" and a.run_order) or 1) < ((type(b) == "table" and b.run_order) or 1)
      end)
      for _, action in ipairs(by_order) do
        check_action(problems, action, stage, outputs, names)
        if type(action) == "table" and action.category then
          if (action.category == "Source") ~= (position == 1) then
            problems:add(action.line, position == 1 and "action %q: the first stage has only source actions"
              or "action %q: source actions stand in the first stage", tostring(action.name))
          end
          for _, output in ipairs(action.outputs) do
            if outputs[output] then problems:add(action.line, "two actions output %q", output) end
            outputs[output] = true
          end
          if action.namespace then
            if namespaces[action.namespace] then
              problems:add(action.line, "two actions use the namespace %q", action.namespace)
            end
            namespaces[action.namespace] = true
          end
        end
      end
    end
  end
  return problems
end

local provider_owner = { Manual = "AWS" }

local function action_structure(action)
  return {
    name = action.name,
    actionTypeId = {
      category = action.category, owner = action.owner or provider_owner[action.provider] or "AWS",
      provider = action.provider, version = action.version or "1",
    },
    runOrder = action.run_order or 1, configuration = next(action.configuration) and action.configuration or nil,
    inputArtifacts = list.map(action.inputs, function(name) return { name = name } end),
    outputArtifacts = list.map(action.outputs, function(name) return { name = name } end),
    namespace = action.namespace, region = action.region, roleArn = action.role and tostring(action.role),
    timeoutInMinutes = action.timeout,
  }
end

-- { result = "ROLLBACK" } or { result =, rules = { ... } } as CodePipeline's condition structures.
local function conditions(description, allowed)
  if not description then return nil end
  if type(description) == "string" then return { result = description:upper() } end
  local rules = list.map(description.rules, function(rule) return rule end)
  if not allowed and #rules == 0 then error("a condition needs at least one rule", 0) end
  return {
    result = description.result and description.result:upper(), retryConfiguration = description.retry,
    conditions = #rules > 0 and { { result = description.result and description.result:upper(), rules = rules } } or nil,
  }
end

local function stage_structure(stage)
  local before, after = conditions(stage.before_entry), conditions(stage.on_success)
  return {
    name = stage.name, actions = list.map(stage.actions, action_structure),
    onFailure = conditions(stage.on_failure, true),
    onSuccess = after and { conditions = after.conditions }, beforeEntry = before and { conditions = before.conditions },
  }
end

-- The PipelineDeclaration of CodePipeline's API.
function definition.structure(options)
  local role = tostring(options.role)
  if not arn.is(role) then role = arn.of("iam", "role/" .. role, { region = "" }) end
  return {
    name = options.name, roleArn = role, pipelineType = options.type or "V2",
    executionMode = options.mode or "SUPERSEDED",
    artifactStore = {
      type = "S3", location = options.artifacts, encryptionKey = options.kms_key and { id = options.kms_key, type = "KMS" },
    },
    stages = list.map(options, stage_structure), variables = options.variables, triggers = options.triggers,
  }
end

return definition
