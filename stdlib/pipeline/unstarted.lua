-- Why nothing starts a pipeline: a rule that is off, or whose role may not start it. EventBridge says neither of them.

local arn = require "awscicd.support.arn"

local action = "codepipeline:StartPipelineExecution"

-- What keeps one rule from starting the pipeline, or nil.
local function problem_of(rule, pipeline)
  if aws.events.describe_rule({ Name = rule }).State == "DISABLED" then return ("rule %s is disabled"):format(rule) end
  for page in aws.events.pages.list_targets_by_rule { Rule = rule } do
    for _, target in ipairs(page.Targets) do
      local decision = target.Arn == pipeline and target.RoleArn and aws.iam.simulate_principal_policy {
        PolicySourceArn = target.RoleArn, ActionNames = { action }, ResourceArns = { pipeline },
      }.EvaluationResults[1].EvalDecision
      if decision and decision ~= "allowed" then
        return ("rule %s: %s is not authorized to perform: %s on resource: %s"):format(rule, target.RoleArn, action, pipeline)
      end
    end
  end
end

-- The problems of a pipeline's rules as text, when all of them have one. nil when one of them works, when there are none
-- (something else starts the pipeline), and when the script may not look.
return function(name)
  local ok, found = pcall(function()
    local pipeline = arn.of("codepipeline", name)
    local problems = {}
    for page in aws.events.pages.list_rule_names_by_target { TargetArn = pipeline } do
      for _, rule in ipairs(page.RuleNames) do
        local problem = problem_of(rule, pipeline)
        if not problem then return nil end
        problems[#problems + 1] = problem
      end
    end
    return problems[1] and table.concat(problems, "; ")
  end)
  return ok and found or nil
end
