-- Actions of a stage: what pipeline.stage takes, made by source, build, gate, deploy and pipeline themselves.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local where = require "awscicd.support.where"

local action = {}

-- What every action may have besides its own options: its name, the namespace of its variables, its place among the
-- stage's actions (run_order, 1), the role that it runs with, the region that it runs in.
local common = { name = "string", namespace = "string", run_order = "integer", role = "text", region = "string" }

local function artifact_names(one, more)
  local names = list.append({}, type(more) == "table" and more or {})
  if type(one) == "string" then table.insert(names, 1, one) end
  return names
end

-- An action from a script's options. `own` names the primitive's own options and their kinds (see support.options);
-- `build(given)` gives { name (when the script gave none), category, provider, owner ("AWS"), version ("1"),
-- configuration, timeout (minutes), commands, output_variables }. Mistakes are kept in `problems`, for pipeline.define to
-- report with all others.
function action.new(primitive, given, own, build)
  local specification = {}
  for name, kind in pairs(common) do specification[name] = kind end
  for name, kind in pairs(own) do specification[name] = kind end
  local problems = options_of.problems(given, specification)
  local has_no_options = type(given) ~= "table"
  if has_no_options then given = {} end
  local made = build(given)
  made.has_no_options = has_no_options
  made.primitive, made.line, made.problems = primitive, where.script(), problems
  made.name = given.name or made.name
  made.owner, made.version = made.owner or "AWS", made.version or "1"
  made.configuration = made.configuration or {}
  made.inputs = artifact_names(given.input, given.inputs)
  made.outputs = artifact_names(given.output or made.output, given.outputs)
  made.output = nil
  made.namespace, made.run_order = given.namespace, given.run_order
  made.role, made.region = given.role and tostring(given.role), given.region
  return made
end

-- An action as CodePipeline's ActionDeclaration.
function action.structure(made)
  local function artifacts(names) return list.map(names, function(name) return { name = name } end) end
  local outputs = artifacts(made.outputs)
  if made.files and outputs[1] then outputs[1].files = made.files end
  return {
    name = made.name,
    actionTypeId = { category = made.category, owner = made.owner, provider = made.provider, version = made.version },
    runOrder = made.run_order or 1, configuration = next(made.configuration) and made.configuration or nil,
    commands = made.commands, outputVariables = made.output_variables,
    inputArtifacts = artifacts(made.inputs), outputArtifacts = outputs,
    namespace = made.namespace, region = made.region, roleArn = made.role, timeoutInMinutes = made.timeout,
  }
end

return action
