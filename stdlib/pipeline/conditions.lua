-- What happens at the edges of a stage: on_failure, before_entry, on_success, and the rules that decide.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local conditions = {}

local results = {
  before_entry = { "FAIL", "SKIP" }, on_success = { "ROLLBACK", "FAIL" }, on_failure = { "ROLLBACK", "FAIL", "RETRY", "SKIP" },
}
local skipping = { LambdaInvoke = true, VariableCheck = true }

local function upper(value) return type(value) == "string" and value:upper() or value end

-- A condition as a stage has it: a result alone ("ROLLBACK", on_failure only), one rule, or { result =, rules = { ... },
-- retry = "FAILED_ACTIONS" }. Returns it in the last form, and what is wrong with it.
function conditions.read(kind, given)
  local description = given
  if type(given) == "string" then
    description = { result = given }
  elseif type(given) == "table" and given.ruleTypeId then
    description = { rules = { given } }
  end
  local problems = options_of.problems(description, {
    result = "string", rules = "list", retry = { "FAILED_ACTIONS", "ALL_ACTIONS" },
  })
  if #problems > 0 then return nil, list.map(problems, function(problem) return kind .. ": " .. problem end) end
  local read = { result = upper(description.result) or "FAIL", rules = description.rules or {}, retry = description.retry }
  if not list.contains(results[kind], read.result) then
    problems[#problems + 1] = ("%s: %s is none of %s"):format(kind, read.result, table.concat(results[kind], ", "))
  end
  if kind ~= "on_failure" and #read.rules == 0 then problems[#problems + 1] = kind .. " needs at least one rule" end
  if #read.rules > 5 then problems[#problems + 1] = ("%s has %d rules; at most 5 are allowed"):format(kind, #read.rules) end
  if read.retry and read.result ~= "RETRY" then problems[#problems + 1] = kind .. ": retry goes with the result RETRY" end
  local names = {}
  for position, rule in ipairs(read.rules) do
    if type(rule) ~= "table" or not rule.ruleTypeId then
      problems[#problems + 1] = ("%s: rule %d is not one of pipeline.rules"):format(kind, position)
    else
      if names[rule.name] then
        problems[#problems + 1] = ("%s: two rules are named %q; give each a name"):format(kind, rule.name)
      end
      names[rule.name] = true
      if kind == "before_entry" and read.result == "SKIP" and not skipping[rule.ruleTypeId.provider] then
        problems[#problems + 1] = ("%s: SKIP goes only with rules.variable and rules.lambda"):format(kind)
      end
    end
  end
  return read, problems
end

-- As CodePipeline's FailureConditions, SuccessConditions and BeforeEntryConditions.
function conditions.structure(kind, read)
  if not read then return nil end
  local checked = #read.rules > 0 and { { result = read.result, rules = read.rules } } or nil
  if kind ~= "on_failure" then return { conditions = checked } end
  return {
    result = read.result, conditions = checked, retryConfiguration = read.retry and { retryMode = read.retry } or nil,
  }
end

return conditions
