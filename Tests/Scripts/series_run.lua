--- The scripts of scripts/, run as a user runs them: as programs of their own, here against the cloud of this script.

local series_run = {}

local program = assert(script.env "AWSCICD_RUN", "AWSCICD_RUN has to name the awscicd-run to test")
local folder = assert(script.env "AWSCICD_SCRIPTS", "AWSCICD_SCRIPTS has to name the folder of the scripts")

-- The command of a line, "status --json" for example: what awscicd-run itself takes goes before the script.
local function command(line, ...)
  local words, own = { program, ... }, {}
  local name, rest = line:match "^(%S+)%s*(.*)$"
  for word in rest:gmatch "%S+" do
    table.insert((word == "--json" or word == "--trace") and words or own, word)
  end
  words[#words + 1] = ("%s/%s.lua"):format(folder, name)
  return table.move(own, 1, #own, #words + 1, words)
end

-- Runs a script; further options are process.run's. The result's `all` is both streams.
function series_run.run(line, options)
  local words = command(line)
  for key, value in pairs(options or {}) do words[key] = value end
  words.timeout = words.timeout or 600
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
  local words = options and options.endpoint and command(line, "--endpoint", options.endpoint) or command(line)
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
