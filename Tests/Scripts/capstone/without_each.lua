-- Runs the whole capstone once for every action that one of its roles holds, without that action, two at a time: each run
-- has to fail, to name the action in what it says, and to leave nothing. It takes minutes and is run by hand; the tests in
-- Tests/Scripts/roles/least_*.lua take the same actions away on shorter ways.
--
--   AWSCICD_PATH=scripts AWSCICD_RUN=.build/debug/awscicd-run awscicd-run Tests/Scripts/capstone/without_each.lua
local program = assert(script.env "AWSCICD_RUN", "AWSCICD_RUN has to name the awscicd-run to test")
local without = "Tests/Scripts/capstone/without.lua"

-- The fault "alarm" makes an alarm that the deployment watches, and CodeDeploy's role look at it.
local function capstone(environment, fault)
  return process.run { program, "--local", without, "--fault", fault, env = environment, timeout = 600 }
end

local whole = capstone({}, "alarm")
local actions = {}
for role, action in whole.stderr:gmatch "allowed (%S+) (%S+)" do actions[#actions + 1] = role .. " " .. action end
assert(#actions > 0, whole.stderr)

local wrong = 0
task.map(actions, function(action)
  local result = capstone({ AWSCICD_WITHOUT = action }, action:find "cloudwatch" and "alarm" or "none")
  local failure = result.stdout:match "failed: (.-)\nwave 1" or ""
  local problem = result.status ~= 1 and "ended with status " .. tostring(result.status)
    or not failure:find(action:match " (%S+)$", 1, true) and "is not named:\n" .. failure
    or not result.stdout:find("audit: nothing is left", 1, true) and "left something behind"
  if problem then wrong = wrong + 1 end
  print(("%-60s %s"):format(action, problem or "fails, is named, nothing left"))
end, { limit = 2 })
print(("%d actions, %d wrong"):format(#actions, wrong))
if wrong > 0 then script.exit(1) end
