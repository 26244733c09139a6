-- Rules of stage conditions: pipeline.rules.alarm { ... }, for before_entry, on_success and on_failure. Each may have
-- name, role, region, timeout (minutes) and inputs besides its own options.

local list = require "awscicd.support.list"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"

local rules = {}

local common = { name = "string", role = "text", region = "string", timeout = "integer", inputs = "list" }

local function rule(what, provider, options, own, configuration)
  local specification = {}
  for name, kind in pairs(common) do specification[name] = kind end
  for name, kind in pairs(own) do specification[name] = kind end
  options = options_of.check("pipeline.rules." .. what, options, specification)
  return {
    name = options.name or provider, ruleTypeId = { category = "Rule", owner = "AWS", provider = provider, version = "1" },
    configuration = configuration(options),
    inputArtifacts = options.inputs and list.map(options.inputs, function(name) return { name = name } end),
    roleArn = options.role and tostring(options.role), region = options.region, timeoutInMinutes = options.timeout,
    commands = options.commands,
  }
end

-- The alarm is in none of the states for `wait` minutes: { alarm = name, states = { "ALARM" }, wait = 5 }.
function rules.alarm(options)
  return rule("alarm", "CloudWatchAlarm", options, { alarm = "!string", states = "list", wait = "number" }, function(given)
    return {
      AlarmName = given.alarm, AlarmStates = given.states and table.concat(given.states, ",") or "ALARM",
      WaitTime = given.wait and tostring(given.wait),
    }
  end)
end

-- Only while a cron expression matches: { cron = "* * 9-17 ? * MON-FRI *", time_zone = "Europe/Berlin" }.
function rules.window(options)
  return rule("window", "DeploymentWindow", options, { cron = "!string", time_zone = "string" }, function(given)
    return { Cron = given.cron, TimeZone = given.time_zone }
  end)
end

-- A variable compared with a value: { variable = "#{Source.BranchName}", operator = "EQ", value = "main" }; operators EQ,
-- NE, CT (contains), MT (matches a regular expression).
function rules.variable(options)
  return rule("variable", "VariableCheck", options, {
    variable = "!string", operator = { "EQ", "NE", "CT", "MT" }, value = "!string",
  }, function(given)
    return { Variable = given.variable, Operator = given.operator or "EQ", Value = given.value }
  end)
end

-- A function that answers: { function_name = "check", parameters = text that it gets }.
function rules.lambda(options)
  return rule("lambda", "LambdaInvoke", options, { function_name = "!string", parameters = "string" }, function(given)
    return { FunctionName = given.function_name, UserParameters = given.parameters }
  end)
end

-- A build that succeeds: { project = "smoke-test", inputs = { artifact } }.
function rules.build(options)
  return rule("build", "CodeBuild", options, { project = "!string" }, function(given) return { ProjectName = given.project } end)
end

-- Shell commands that succeed: { commands = { "curl -f https://..." }, inputs = { artifact } }.
function rules.commands(options)
  return rule("commands", "Commands", options, { commands = "!list" }, function() return {} end)
end

return module("pipeline.rules", rules)
