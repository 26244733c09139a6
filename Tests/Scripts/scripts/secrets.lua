-- No value of a parameter or secret of the capstone occurs anywhere that one can read: in what the scripts print with
-- --trace, in the server's log, in the build logs, errors and reports, in what the server keeps (but for its database, which
-- is its owner's alone); neither as it is nor in base64, JSON or a URL.
local check, series_run = require "check", require "series_run"

local folder = tostring(fs.temp_directory "secrets")
local server <close>, environment = series_run.server(folder, "--data", "kept")
local log = {}
local reader = task.spawn(function() for line in function() return server:read_line() end do log[#log + 1] = line end end)

local account = {
  endpoint = environment.AWS_ENDPOINT_URL, region = environment.AWS_REGION,
  credentials = { access_key_id = environment.AWS_ACCESS_KEY_ID, secret_access_key = environment.AWS_SECRET_ACCESS_KEY },
}
local function client(service)
  local options = { service = service }
  for key, value in pairs(account) do options[key] = value end
  return aws.client(options)
end
local ssm, manager = client "ssm", client "secretsmanager"

-- Values that look different in each form. The capstone keeps what is there already.
local key = [[k"e\y/with+ünusual=chars&more]]
local password = [[p<a>s"s/wörd\of+the=demo]]
local function prepare()
  ssm.put_parameter { Name = "/cicddemo/api-key", Value = key, Type = "SecureString" }
  manager.create_secret {
    Name = "awscicd/demo/db", SecretString = json.encode { username = "demo", password = password },
  }
end

-- Base64 of a text that stands anywhere in a larger one: by where it starts, without the characters its neighbours touch.
local base64 = require "awscicd.artifacts.base64"
local function forms(value)
  local found = { value, (json.encode(value):sub(2, -2)) }
  found[#found + 1] = found[2]:gsub("/", "\\/")
  found[#found + 1] = value:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end)
  for shift = 0, 2 do
    local text = base64(("x"):rep(shift) .. value)
    found[#found + 1] = text:sub(shift == 0 and 1 or 5, -5)
  end
  return found
end

local searched = 0
local function search(where, text)
  searched = searched + #text
  for _, value in ipairs { key, password } do
    for _, form in ipairs(forms(value)) do
      if text:find(form, 1, true) then
        local at = text:find(form, 1, true)
        error(("%s holds a secret, near: %s"):format(where, text:sub(math.max(1, at - 80), at - 1)), 0)
      end
    end
  end
end

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
  check.has(text, "greeting is", "key is ***", "password is ***")  -- it was used, and covered
  search("a build's log", text)
  local ids = builds.list_builds {}.ids
  search("a build", json.encode(builds.batch_get_builds { ids = ids }))
  for _, arn in ipairs(builds.list_reports {}.reports) do
    search("a report", json.encode(builds.describe_test_cases { reportArn = arn }))
  end
  local name = { pipelineName = "awscicd-cap-pipeline" }
  search("an execution", json.encode(pipelines.list_action_executions(name)))
  search("a pipeline", json.encode(pipelines.get_pipeline_state { name = name.pipelineName }))
  for _, id in ipairs(deployments.list_deployments {}.deployments) do
    search("a deployment", json.encode(deployments.batch_get_deployment_targets {
      deploymentId = id, targetIds = deployments.list_deployment_targets { deploymentId = id }.targetIds,
    }))
  end
end

-- Everything that the server keeps: artifacts, repositories, packages, the instances' folders.
local function search_folder()
  local files, databases = 0, 0
  for _, entry in ipairs(fs.walk(folder)) do
    local ok, text = pcall(fs.read, fs.join(folder, entry.path))  -- what instances do goes on: a file may be gone
    if entry.path:find "state%.sqlite" then
      databases = databases + 1
    elseif entry.type == "file" and ok then
      files = files + 1
      search(entry.path, text)
    end
  end
  check.yes(databases > 0 and files > 20, "files of the server")
  check.equal(fs.stat(folder .. "/kept").mode & 63, 0, "what others may do in the server's folder")
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
  search("a script's output", told.stdout)
  search("a script's errors", told.stderr)
end

for _, line in ipairs { "capstone --trace --keep", "capstone --trace --keep --fault test" } do
  prepare()
  local result = series_run.run(line, { env = environment })
  check.equal(result.status, line:find "fault" and 1 or 0, result.all:sub(-2000))
  check.has(result.stderr, "secretsmanager.GetRandomPassword")
  search(line .. ", standard output", result.stdout)
  search(line .. ", standard error", result.stderr)
  search_cloud()
  search_folder()
  leak()
  local report = series_run.run("teardown --yes --trace", { env = environment })
  check.has(report.stdout, "audit: nothing is left")
  search("a teardown", report.all)
end

server:signal "TERM"
reader:join()
check.has(table.concat(log, "\n"), "secretsmanager", "ssm")
search("the server's log", table.concat(log, "\n"))
print(("%d kB searched"):format(searched // 1000))
