-- Rules of stage conditions: pipeline.rules.alarm { ... }, for before_entry, on_success and on_failure.

local list = require "awscicd.support.list"

local rules = {}

local function rule(provider, options, configuration)
  return {
    name = options.name or provider, ruleTypeId = { category = "Rule", owner = "AWS", provider = provider, version = "1" },
    configuration = configuration, inputArtifacts = list.map(options.inputs, function(name) return { name = name } end),
    roleArn = options.role and tostring(options.role), region = options.region, timeoutInMinutes = options.timeout,
    commands = options.commands,
  }
end

-- The alarm is in none of the states (ALARM unless said) for `wait` minutes.
function rules.alarm(options)
  return rule("CloudWatchAlarm", options, {
    AlarmName = options.alarm, AlarmStates = options.states and table.concat(options.states, ",") or "ALARM",
    WaitTime = options.wait and tostring(options.wait),
  })
end

-- Deployments only while a cron expression matches: { cron = "* * 9-17 ? * MON-FRI *", time_zone = "Europe/Berlin" }.
function rules.window(options)
  return rule("DeploymentWindow", options, { Cron = options.cron, TimeZone = options.time_zone })
end

-- A variable compared with a value: { variable = "#{Source.BranchName}", operator = "EQ", value = "main" }.
function rules.variable(options)
  return rule("VariableCheck", options, {
    Variable = options.variable, Operator = options.operator or "EQ", Value = options.value,
  })
end

-- A function that answers: { function_name = "check" }.
function rules.lambda(options)
  return rule("LambdaInvoke", options, { FunctionName = options.function_name, UserParameters = options.parameters })
end

return rules
