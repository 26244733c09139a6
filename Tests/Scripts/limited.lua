-- A local cloud with options of its own, one that throttles for instance, and a log of what it answered.

local limited = {}
local Limited = {}
Limited.__index = Limited

local program = assert(script.env "AWSCICD_RUN", "AWSCICD_RUN has to name the awscicd-run to test")

-- Starts it on the state in `folder`; options are awscicd-local's.
function limited.start(folder, ...)
  local self = setmetatable({ log = fs.join(folder, "calls.log") }, Limited)
  self.server = process.start {
    stderr = { file = self.log },
    (program:gsub("awscicd%-run$", "awscicd-local")), "--port", "0", "--data", fs.join(folder, "state"), ...,
  }
  local exports = assert(self.server:read_line(), "awscicd-local did not start")
  self.environment = { AWS_ENDPOINT_URL = false }
  for name, value in exports:gmatch "([%u_]+)=(%S+)" do self.environment[name] = value end
  return self
end

-- Runs Lua text in an awscicd-run of its own against this cloud; returns its standard output.
function Limited:run(text)
  local result = process.run { program, "-e", text, env = self.environment, timeout = 600 }
  if result.status ~= 0 then error(("the script ended with %s:\n%s%s"):format(result.status, result.stdout, result.stderr), 2) end
  return result.stdout
end

-- Ends the server, and counts what it answered: { calls =, throttled =, by = { ["service operation"] = { calls, throttled } } }.
function Limited:stop()
  self.server:signal "TERM"
  self.server:wait()
  local counted = { calls = 0, throttled = 0, by = {} }
  for line in fs.read(self.log):gmatch "[^\n]+" do
    local operation, status, code = line:match "^(%S+ %S+) %S+ (%d+) (%S+)"
    if status then
      local one = counted.by[operation] or { calls = 0, throttled = 0 }
      counted.by[operation] = one
      local refused = (code:find "^Throttling" or code == "RequestLimitExceeded" or code == "SlowDown") and 1 or 0
      one.calls, counted.calls = one.calls + 1, counted.calls + 1
      one.throttled, counted.throttled = one.throttled + refused, counted.throttled + refused
    end
  end
  return counted
end

return limited
