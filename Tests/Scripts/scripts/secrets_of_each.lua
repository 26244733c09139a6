-- What every script of scripts/ prints with --trace, on each of its ways (a change that goes through, one that is refused, one
-- that is held, a way back), holds no value of a parameter or secret; nor does what the server logs and keeps meanwhile.
local check, searched, series_run = require "check", require "searched", require "series_run"
local poll = require "awscicd.support.poll"

local folder = tostring(fs.temp_directory "secrets")
local server <close>, environment = searched.start(folder, "--data", "kept")
searched.prepare()

local ran = {}
local function run(line, status)
  local result = series_run.run(line, { env = environment })
  check.equal(result.status, status or 0, line .. "\n" .. result.all:sub(-2000))
  searched.text(line .. ", standard output", result.stdout)
  searched.text(line .. ", standard error", result.stderr)
  ran[line:match "^%S+"] = true
  return result
end

local made = run "capstone --trace --keep"
check.has(made.stderr, "ssm.", "secretsmanager.")
run "status --trace"
run "status --json"
run("deploy --trace --from no-such-text --to v4", 1)
local deployed = json.decode(run("deploy --trace --json --from v3 --to v4").stdout)
check.equal(deployed.answer, "approve")

-- The service answers one approval, and is ended.
local pipelines = searched.client "codepipeline"
local started = pipelines.start_pipeline_execution({ name = "awscicd-cap-pipeline" }).pipelineExecutionId
do
  local service <close> = series_run.start("approve --trace --every 0.2", { env = environment, stderr = "stdout" })
  repeat
    local line = assert(service:read_line(), "approve.lua ended before it had answered")
    searched.text("approve", line)
  until line:find("approve: ", 1, true)
  ran.approve = true
end
poll.until_some(function()  -- a stage that is in progress cannot be rolled back
  return pipelines.get_pipeline_execution({
    pipelineName = "awscicd-cap-pipeline", pipelineExecutionId = started,
  }).pipelineExecution.status == "Succeeded" or nil
end, { what = "the end of the execution that the service let through", timeout = 600 })
run("approve --trace --every 0.1 --minutes 0.01 --dry-run")
run("rollback --trace --execution " .. deployed.execution)
run("teardown --trace", 1)  -- not confirmed
run "teardown --trace --plan --json"
searched.folder(folder)
check.has(run("teardown --trace --yes").stdout, "audit: nothing is left")

for _, path in ipairs(fs.glob(script.env "AWSCICD_SCRIPTS" .. "/*.lua")) do
  local name = fs.basename(path):gsub("%.lua$", "")
  -- The others are modules of these.
  local is_script = fs.read(path):find("^#!/usr/bin/env awscicd%-run") ~= nil
  check.equal(ran[name] or false, is_script, name .. ".lua was run")
end
searched.stop(server)
