-- Needs: the local cloud
-- A pipeline's life by the scripts to share: capstone.lua leaves it standing, deploy.lua sends a change through,
-- approve.lua answers by its gate across faults of the network, rollback.lua goes back, teardown.lua ends it.
local check, series_run = require "check", require "series_run"

local name = "awscicd-cap-pipeline"
local capstone = json.decode(series_run.output "capstone --keep --json --to v4-beta")
check.equal(capstone.serves, "v4-beta")
check.equal(capstone.failed, 0)
check.yes(capstone.requests > 0)

local boxes = series_run.output "status --count 1"
check.has(boxes, "✔ ManualApproval", "Succeeded", "Version v4-beta")
check.lacks(boxes, "First version")
local status = json.decode(series_run.output "status --json")
check.equal(#status.executions, 2)
check.equal(#status.stages, 4)

-- The roles that it made allow single actions, all of them in the policy that the script wrote.
local made, actions = 0, 0
for _, role in ipairs(aws.iam.list_roles({}):query "Roles[?starts_with(RoleName, 'awscicd-')].RoleName") do
  made = made + 1
  check.equal(#aws.iam.list_attached_role_policies({ RoleName = role }).AttachedPolicies, 0, role)
  for _, statement in ipairs(roles.read(role)) do
    check.equal({ statement.Effect, statement.NotAction }, { "Allow" }, role)
    for _, action in ipairs(statement.Action) do
      actions = actions + 1
      check.lacks(action, "*", "?")
    end
  end
end
check.equal(made, 5)
check.yes(actions > made)

-- deploy.lua: its gate approves, for the tests passed; what the site serves is verified though the old page said "v4" too.
local deployed = json.decode(series_run.output "deploy --from v4-beta --to v4 --json")
check.equal(deployed.answer, "approve")
local page = http.get(deployed.url).body
check.has(page, "v4")
check.lacks(page, "beta")
-- A change that is none is refused before anything is pushed.
local same = series_run.run "deploy --from v3 --to v5"
check.equal(same.status, 1)
check.has(same.stderr, "v3", "index.html")

-- approve.lua: a dry run says what it would answer, and answers nothing.
local function waiting()
  for _, stage in ipairs(pipeline.get(name):state()) do
    for _, action in ipairs(stage.actions) do
      if action.token and action.status == "InProgress" then return true end
    end
  end
  return false
end
local function push(from, to, message)
  local run = pipeline.get(name):follow {
    trigger = source.push("index.html", { from = from, to = to, message = message }),
  }
  while not waiting() do task.sleep(0.1) end
  return run
end

local run = push("v4", "v5", "Demo application v5")
do
  local dry <close> = series_run.start "approve --dry-run --every 0.2"
  check.has(dry:read_line "stdout", "would answer", "approve")
end
check.yes(waiting(), "an approval that a dry run left alone")

-- The service runs while the network is down, and answers once it is up. The relay cuts every connection at first.
local folder = fs.temp_directory "network"
local relay <close> = process.start {
  "python3", script.env "AWSCICD_SCRIPTS" .. "/../Tests/Scripts/relay.py", script.env "AWS_ENDPOINT_URL", fs.join(folder, "up"),
}
local endpoint = relay:read_line()
local service <close> = series_run.start("approve --every 0.2", { endpoint = endpoint })
repeat local line = service:read_line "stderr" until not line or line:find("trying again", 1, true)
check.yes(waiting(), "an approval while the network is down")
fs.write(fs.join(folder, "up"), "")
check.has(service:read_line "stdout", "approve", "tests passed")
run:wait()
check.has(http.get(deployed.url).body, "v5")

-- The same service leaves a careful change to a person.
local held = push("v5", "v6", "[hold] Demo application v6")
check.has(service:read_line "stdout", "hold", "asks for a person")
check.yes(waiting(), "an approval that was held")
aws.codepipeline.stop_pipeline_execution { pipelineName = name, pipelineExecutionId = held.id, abandon = true }

local back = json.decode(series_run.output(("rollback --json --execution %s"):format(deployed.execution)))
check.equal(back.back_to, deployed.execution)
check.has(http.get(deployed.url).body, "v4")

-- teardown.lua: the plan deletes nothing, no count and no --yes neither.
check.has(series_run.output "teardown --plan", "wave 1", "resources to delete")
local plan = json.decode(series_run.output "teardown --plan --json")
local refused = series_run.run "teardown"
check.equal(refused.status, 1)
check.has(refused.stderr, ("%d resources would be deleted; confirm with --yes"):format(plan.count))
check.equal(json.decode(series_run.output "teardown --plan --json").count, plan.count)
local report = json.decode(series_run.output "teardown --yes --json")
check.yes(report.clean)
check.yes(#report.gone >= plan.count)
check.has(series_run.output "teardown --yes", "Nothing to delete.")
