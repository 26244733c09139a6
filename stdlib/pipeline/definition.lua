-- A pipeline's definition: stages as a script writes them, and the structure that CodePipeline takes.

local action = require "awscicd.pipeline.action"
local arn = require "awscicd.support.arn"
local check = require "awscicd.pipeline.check"
local conditions = require "awscicd.pipeline.conditions"
local list = require "awscicd.support.list"
local triggers = require "awscicd.pipeline.triggers"
local variables = require "awscicd.pipeline.variables"
local where = require "awscicd.support.where"

local definition = { problems = check.problems }

local kinds = { on_failure = "onFailure", before_entry = "beforeEntry", on_success = "onSuccess" }

-- A stage, named first and then given its actions: pipeline.stage "Name" { action, ..., on_failure = "ROLLBACK",
-- before_entry = rule, on_success = rule }. Mistakes are kept for pipeline.define to report.
function definition.stage(name)
  local line = where.script()
  return function(content)
    local stage = { primitive = "pipeline.stage", name = name, line = line, actions = {}, problems = {} }
    if type(content) ~= "table" then
      stage.problems[1] = "its actions are written in braces"
      return stage
    end
    local last = 0
    for _, key in ipairs(list.keys(content)) do
      if math.type(key) == "integer" then
        last = math.max(last, key)
      elseif kinds[key] then
        local problems
        stage[key], problems = conditions.read(key, content[key])
        list.append(stage.problems, problems)
      else
        local near = list.nearest(tostring(key), list.keys(kinds))
        local hint = near and (" (did you mean %q?)"):format(near) or ""
        stage.problems[#stage.problems + 1] = ("knows no %q%s"):format(tostring(key), hint)
      end
    end
    for position = 1, last do
      local one = content[position]
      if type(one) == "table" and one.category then
        stage.actions[#stage.actions + 1] = one
      else
        local what = one == nil and "nil" or "a " .. type(one)
        stage.problems[#stage.problems + 1] = ("item %d is %s, not an action"):format(position, what)
      end
    end
    return stage
  end
end

local function stage_structure(stage)
  local made = { name = stage.name, actions = list.map(stage.actions, action.structure) }
  for kind, member in pairs(kinds) do made[member] = conditions.structure(kind, stage[kind]) end
  return made
end

local function store(bucket, key)
  return { type = "S3", location = bucket, encryptionKey = key and { id = key, type = "KMS" } or nil }
end

-- The PipelineDeclaration of CodePipeline's API.
function definition.structure(options)
  local role = tostring(options.role)
  if not arn.is(role) then role = arn.of("iam", "role/" .. role, { region = "" }) end
  local one, many = nil, nil
  if type(options.artifacts) == "string" then
    one = store(options.artifacts, options.kms_key)
  else
    many = {}
    for region, bucket in pairs(options.artifacts) do many[region] = store(bucket) end
  end
  return {
    name = options.name, roleArn = role, pipelineType = options.type or "V2",
    executionMode = options.mode or "SUPERSEDED", artifactStore = one, artifactStores = many,
    stages = list.map(options, stage_structure), variables = variables.structure(options.variables),
    triggers = triggers.structure(options.triggers),
  }
end

return definition
