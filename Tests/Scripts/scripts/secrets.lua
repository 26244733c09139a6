-- No value of a parameter or secret of the capstone occurs anywhere that one can read: in what the scripts print with
-- --trace, in the server's log, in the build logs, errors and reports, in what the server keeps (but for its database, which
-- is its owner's alone); neither as it is nor in base64, JSON or a URL.
local check, searched, series_run = require "check", require "searched", require "series_run"

local folder = tostring(fs.temp_directory "secrets")
local server <close>, environment = searched.start(folder, "--data", "kept")
local client = searched.client

-- Everything that the services tell about what they did.
local function search_cloud()
  local logs, builds, pipelines = client "logs", client "codebuild", client "codepipeline"
  local deployments = client "codedeploy"
  local events = {}
  for page in logs.pages.describe_log_groups {} do
    for _, group in ipairs(page.logGroups) do
      for found in logs.pages.filter_log_events { logGroupName = group.logGroupName } do
        for _, event in ipairs(found.events) do events[#events + 1] = event.message end
      end
    end
  end
  local text = table.concat(events, "\n")
  check.has(text, "greeting is ***", "key is ***", "password is ***")  -- it was used, and covered
  searched.text("a build's log", text)
  local ids = builds.list_builds {}.ids
  searched.text("a build", json.encode(builds.batch_get_builds { ids = ids }))
  for _, arn in ipairs(builds.list_reports {}.reports) do
    searched.text("a report", json.encode(builds.describe_test_cases { reportArn = arn }))
  end
  local name = { pipelineName = "awscicd-cap-pipeline" }
  searched.text("an execution", json.encode(pipelines.list_action_executions(name)))
  searched.text("a pipeline", json.encode(pipelines.get_pipeline_state { name = name.pipelineName }))
  for _, id in ipairs(deployments.list_deployments {}.deployments) do
    searched.text("a deployment", json.encode(deployments.batch_get_deployment_targets {
      deploymentId = id, targetIds = deployments.list_deployment_targets { deploymentId = id }.targetIds,
    }))
  end
end

-- What a script reads and then prints, raises or logs is covered in each form that it covers.
local function leak()
  local leaky = fs.join(fs.temp_directory "leaky", "leaky.lua")
  fs.write(leaky, [[
local key, password = secrets.read_parameter "/cicddemo/api-key", secrets.read("awscicd/demo/db", "password")
print(key, json.encode { key, password })
io.write(password, "\n")
io.stderr:write(key, "\n")
print((key:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end)))
log.warn("read", { key = key, password = password })
error("no luck with " .. key .. " and " .. password)
]])
  local program = script.env "AWSCICD_RUN"
  local told = process.run { program, "--trace", "--log-format", "json", leaky, env = environment }
  check.equal(told.status, 1)
  check.has(told.stderr, "no luck with ***")
  searched.text("a script's output", told.stdout)
  searched.text("a script's errors", told.stderr)
end

for _, line in ipairs { "capstone --trace --keep", "capstone --trace --keep --fault test" } do
  searched.prepare()
  local result = series_run.run(line, { env = environment })
  check.equal(result.status, line:find "fault" and 1 or 0, result.all:sub(-2000))
  check.has(result.stderr, "secretsmanager.GetRandomPassword")
  searched.text(line .. ", standard output", result.stdout)
  searched.text(line .. ", standard error", result.stderr)
  search_cloud()
  searched.folder(folder)
  check.equal(fs.stat(folder .. "/kept").mode & 63, 0, "what others may do in the server's folder")
  leak()
  local report = series_run.run("teardown --yes --trace", { env = environment })
  check.has(report.stdout, "audit: nothing is left")
  searched.text("a teardown", report.all)
end

searched.stop(server)
