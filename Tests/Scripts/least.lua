--- Roles that lose one action after another: whatever is tried then has to fail, and to name the action.

local application, foundation, series = require "application", require "foundation", require "series"
local poll = require "awscicd.support.poll"

local least = {}

-- The series' names for a prefix and its demo application, with the stores, the topic and the roles made.
function least.make(prefix, alarms)
  local names = series.names(prefix)
  local app = application.demo(names, { from = "v1", to = "v2" })
  foundation.stores(names, app)
  local topic = foundation.topic(names)
  return names, app, topic, foundation.roles(names, topic, alarms)
end

local function put(role, policy, document)
  if #document.Statement == 0 then
    aws.iam.delete_role_policy { RoleName = role, PolicyName = policy }
  else
    aws.iam.put_role_policy { RoleName = role, PolicyName = policy, PolicyDocument = json.encode(document) }
  end
end

-- Takes every action that a role holds away for one `attempt(action)`, which has to raise an error with its name.
function least.each(role, attempt)
  local policy = aws.iam.list_role_policies { RoleName = role }.PolicyNames[1]
  local document = aws.iam.get_role_policy { RoleName = role, PolicyName = policy }.PolicyDocument
  local wrong, count = {}, 0
  for s, statement in ipairs(document.Statement) do
    for a, action in ipairs(statement.Action) do
      local without = json.decode(json.encode(document))
      table.remove(without.Statement[s].Action, a)
      if #without.Statement[s].Action == 0 then table.remove(without.Statement, s) end
      put(role, policy, without)
      local began = time.monotonic()
      local ok, problem = pcall(attempt, action)
      if ok then
        wrong[#wrong + 1] = action .. ": nothing failed"
      elseif not tostring(problem):find(action, 1, true) then
        wrong[#wrong + 1] = action .. ": " .. tostring(problem)
      end
      print(("%s without %s: %.1f s"):format(role, action, time.monotonic() - began))
      count = count + 1
    end
  end
  put(role, policy, document)
  if count == 0 then error(role .. " holds no action", 2) end
  if #wrong > 0 then error(("%s:\n%s"):format(role, table.concat(wrong, "\n")), 2) end
end

-- Waits until no deployment is under way: one whose pipeline may not look at it goes on, and what failed is rolled back by
-- a deployment of its own.
function least.idle(names)
  poll.until_some(function()
    return #aws.codedeploy.list_deployments {
      applicationName = names.application, deploymentGroupName = names.group,
      includeOnlyStatuses = { "Created", "Queued", "InProgress", "Baking", "Ready" },
    }.deployments == 0 or nil
  end, { what = "the end of every deployment", timeout = 600 })
end

return least
