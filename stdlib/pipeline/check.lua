-- Every mistake of a pipeline's definition, found before anything is sent.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local triggers = require "awscicd.pipeline.triggers"
local variables = require "awscicd.pipeline.variables"

local check = {}

local specification = {
  "any", name = "any", role = "text", artifacts = "string|table", type = { "V1", "V2" },
  mode = { "SUPERSEDED", "QUEUED", "PARALLEL" }, variables = "table", triggers = "list", tags = "table", kms_key = "string",
  line = "any",
}

local Problems = {}
Problems.__index = Problems
function Problems:add(line, text, ...) self[#self + 1] = ("%s: %s"):format(line, text:format(...)) end

local function hint(word, candidates)
  local near = list.nearest(tostring(word), candidates)
  return near and (" (did you mean %q?)"):format(near) or ""
end

local function check_name(problems, line, what, name, longest)
  if type(name) ~= "string" or name == "" then
    problems:add(line, "%s has no name", what)
  elseif not name:find("^[%w.@_-]+$") then
    problems:add(line, "%s %q: a name has only letters, digits and . @ - _", what, name)
  elseif #name > longest then
    problems:add(line, "%s %q: a name has at most %d characters", what, name, longest)
  end
end

-- How many artifacts the providers take and give; others are not checked.
local artifact_counts = {
  CodeCommit = { 0, 0, 1, 1 }, CodeBuild = { 1, 5, 0, 5 }, CodeDeploy = { 1, 1, 0, 0 }, Manual = { 0, 0, 0, 0 },
  CodeStarSourceConnection = { 0, 0, 1, 1 }, Commands = { 1, 10, 0, 1 },
}

local function check_counts(problems, action, what)
  local counts = artifact_counts[action.provider]
  if not counts then return end
  local function one(kind, count, least, most)
    if count < least or count > most then
      problems:add(action.line, "%s: %d %s%s; %s takes %s", what, count, kind, count == 1 and "" or "s", action.provider,
        least == most and least or ("%d to %d"):format(least, most))
    end
  end
  one("input", #action.inputs, counts[1], counts[2])
  one("output", #action.outputs, counts[3], counts[4])
  if action.provider == "CodeBuild" and #action.inputs > 1 and not action.configuration.PrimarySource then
    problems:add(action.line, "%s: with more than one input, primary has to name the one with the buildspec", what)
  end
end

local function check_limits(problems, action, what)
  local approval = action.category == "Approval"
  local least, most = 5, approval and 86400 or 480
  if action.timeout and (action.timeout < least or action.timeout > most) then
    problems:add(action.line, "%s: timeout is %d minutes; it has to be %d to %d", what, action.timeout, least, most)
  end
  local order = action.run_order
  if order and (order < 1 or order > 999) then
    problems:add(action.line, "%s: run_order is %d; it has to be 1 to 999", what, order)
  end
end

-- What the checks of later actions need to know of earlier ones.
local function new_scope(options)
  local names = variables.names(options.variables)
  return { outputs = {}, namespaces = { variables = true }, variables = names, sources = {} }
end

local function check_references(problems, scope, action, what)
  for _, key in ipairs(list.keys(action.configuration)) do
    for namespace, name in tostring(action.configuration[key]):gmatch("#{([%w@_-]+)%.([%w@_-]+)}") do
      if namespace == "variables" then
        if not scope.variables[name] then
          problems:add(action.line, "%s: %s refers to the variable %q, which the pipeline does not have%s", what, key, name,
            hint(name, list.keys(scope.variables)))
        end
      elseif namespace ~= "codepipeline" and not scope.namespaces[namespace] then
        problems:add(action.line, "%s: %s refers to the namespace %q, which no earlier action has%s", what, key, namespace,
          hint(namespace, list.keys(scope.namespaces)))
      end
    end
  end
end

local function check_action(problems, scope, action, stage, names)
  local what = type(action.name) == "string" and ("action %q of stage %q"):format(action.name, stage.name)
    or ("%s in stage %q"):format(action.primitive, stage.name)
  if action.has_no_options then  -- whatever else is wrong comes of that
    problems:add(action.line, "%s: %s", what, action.problems[1])
    return
  end
  check_name(problems, action.line, "action", action.name, 100)
  if names[action.name] then problems:add(action.line, "%s: the stage has two actions of this name", what) end
  names[action.name or ""] = true
  for _, problem in ipairs(action.problems) do problems:add(action.line, "%s: %s", what, problem) end
  for _, input in ipairs(action.inputs) do
    if not scope.outputs[input] then
      problems:add(action.line, "%s: no earlier action outputs %q%s", what, input, hint(input, list.keys(scope.outputs)))
    end
  end
  check_counts(problems, action, what)
  check_limits(problems, action, what)
  check_references(problems, scope, action, what)
end

local function note_results(problems, scope, action)
  for _, output in ipairs(action.outputs) do
    if not output:find("^[%w_-]+$") or #output > 100 then
      problems:add(action.line, "output %q: an artifact's name has only letters, digits, - and _, at most 100", output)
    end
    if scope.outputs[output] then problems:add(action.line, "two actions output %q", output) end
    scope.outputs[output] = true
  end
  if action.namespace then
    if scope.namespaces[action.namespace] then
      problems:add(action.line, "two actions use the namespace %q", action.namespace)
    end
    scope.namespaces[action.namespace] = true
  end
end

-- The actions of a stage run by run_order; those of one number run at the same time and see only what went before.
local function by_order(actions)
  local orders, grouped = {}, {}
  for _, action in ipairs(actions) do
    local order = type(action.run_order) == "number" and action.run_order or 1
    if not grouped[order] then
      grouped[order] = {}
      orders[#orders + 1] = order
    end
    table.insert(grouped[order], action)
  end
  table.sort(orders)
  return list.map(orders, function(order) return grouped[order] end)
end

local function check_stage(problems, scope, stage, position)
  check_name(problems, stage.line, "stage", stage.name, 100)
  for _, problem in ipairs(stage.problems) do problems:add(stage.line, "stage %q: %s", tostring(stage.name), problem) end
  if #stage.actions == 0 and #stage.problems == 0 then problems:add(stage.line, "stage %q has no action", stage.name) end
  local names = {}
  for _, group in ipairs(by_order(stage.actions)) do
    for _, action in ipairs(group) do
      check_action(problems, scope, action, stage, names)
      if (action.category == "Source") ~= (position == 1) then
        problems:add(action.line, position == 1 and "action %q: the first stage has only source actions"
          or "action %q: source actions stand in the first stage", tostring(action.name))
      end
      if action.category == "Source" then scope.sources[action.name or ""] = action.provider end
    end
    for _, action in ipairs(group) do note_results(problems, scope, action) end
  end
  if position == 1 then
    for _, kind in ipairs { "on_failure", "on_success" } do
      local condition = stage[kind]
      if condition and condition.result == "ROLLBACK" then
        problems:add(stage.line, "stage %q: %s cannot roll the source stage back", stage.name, kind)
      end
    end
  end
end

-- Checks the whole of a definition; returns a list of problems, each with its line, empty when it is right.
function check.problems(options)
  local problems = setmetatable({}, Problems)
  local line = options.line
  local what = type(options.name) == "string" and ("pipeline %q"):format(options.name) or "the pipeline"
  check_name(problems, line, "pipeline", options.name, 100)
  for _, problem in ipairs(options_of.problems(options, specification)) do problems:add(line, "pipeline.define: %s", problem) end
  if not options.role then problems:add(line, "%s: role is missing", what) end
  if not options.artifacts then problems:add(line, "%s: artifacts (a bucket) is missing", what) end
  if options.type == "V1" then
    for _, key in ipairs { "mode", "variables", "triggers" } do
      if options[key] and options[key] ~= "SUPERSEDED" then problems:add(line, "%s needs a pipeline of type V2", key) end
    end
  end
  for _, problem in ipairs(variables.problems(options.variables)) do problems:add(line, "%s", problem) end

  local count = 0
  for key in pairs(options) do
    if math.type(key) == "integer" then count = math.max(count, key) end
  end
  if count < 2 then problems:add(line, "a pipeline has at least two stages; this one has %d", count) end
  local scope, names = new_scope(options), {}
  for position = 1, count do
    local stage = options[position]
    if type(stage) ~= "table" or stage.primitive ~= "pipeline.stage" then
      problems:add(line, "stage %d is %s, not a pipeline.stage%s", position, stage == nil and "nil" or "a " .. type(stage),
        type(stage) == "function" and ": its actions are missing, pipeline.stage \"Name\" { ... }" or "")
    else
      if stage.name and names[stage.name] then problems:add(stage.line, "there are two stages named %q", stage.name) end
      names[stage.name or ""] = true
      check_stage(problems, scope, stage, position)
    end
  end
  for _, problem in ipairs(triggers.problems(options.triggers, scope.sources)) do problems:add(line, "%s", problem) end
  return problems
end

return check
