--- The scripts of scripts/, run as a user runs them: as programs of their own, here against the cloud of this script.

local series_run = {}

local program = assert(script.env "AWSCICD_RUN", "AWSCICD_RUN has to name the awscicd-run to test")
local folder = assert(script.env "AWSCICD_SCRIPTS", "AWSCICD_SCRIPTS has to name the folder of the scripts")

-- Runs a script, "status --json" for example; further options are process.run's. The result's `all` is both streams.
function series_run.run(line, options)
  local words = { program }
  local name, rest = line:match "^(%S+)%s*(.*)$"
  for word in rest:gmatch "%S+" do
    -- What awscicd-run itself takes goes before the script.
    if word == "--json" or word == "--trace" then table.insert(words, 2, word) end
  end
  words[#words + 1] = ("%s/%s.lua"):format(folder, name)
  for word in rest:gmatch "%S+" do
    if word ~= "--json" and word ~= "--trace" then words[#words + 1] = word end
  end
  for key, value in pairs(options or {}) do words[key] = value end
  words.timeout = words.timeout or 200
  local result = process.run(words)
  result.all = result.stdout .. result.stderr
  return result
end

-- The same, and it must succeed; gives its standard output.
function series_run.output(line, options)
  local result = series_run.run(line, options)
  if result.status ~= 0 then error(("%s ended with %s:\n%s"):format(line, tostring(result.status), result.all), 2) end
  return result.stdout
end

-- A program of scripts/ that goes on running, with its output as text lines; see process.start.
function series_run.start(line, options)
  local words = { program }
  if options and options.endpoint then
    words[#words + 1], words[#words + 2] = "--endpoint", options.endpoint
  end
  local name, rest = line:match "^(%S+)%s*(.*)$"
  words[#words + 1] = ("%s/%s.lua"):format(folder, name)
  for word in rest:gmatch "%S+" do words[#words + 1] = word end
  for key, value in pairs(options or {}) do
    if key ~= "endpoint" then words[key] = value end
  end
  return process.start(words)
end

-- An awscicd-local of its own, which outlives what is killed, started in a folder. Gives the process, which has to be
-- closed, and the environment for programs that use it.
function series_run.server(folder_of_server, ...)
  local server = process.start {
    (program:gsub("[^/]+$", "awscicd-local")), "--port", "0", cwd = folder_of_server, stderr = "stdout", ...
  }
  local environment = {}
  repeat
    local line = assert(server:read_line(), "awscicd-local ended at once")
    for name, value in line:gmatch "([%u_]+)=(%S+)" do environment[name] = value end
  until environment.AWS_ENDPOINT_URL
  return server, environment
end

return series_run
