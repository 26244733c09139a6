-- Calls held below what the services take a second: a teardown of thousands of resources then goes as fast as it may,
-- instead of being throttled, and with it everything else that calls in the account. What AWS publishes is a table here,
-- with a modest rate for what it does not (IAM, the delivery services); where the account has less left, the client's
-- adaptive retries slow down at the first refusal.
--
--   teardown.limits.ec2.writes = { 20, burst = 100 }          -- our quota was raised
--   teardown.limits["sns.delete_topic"] = { 100 }             -- of one operation

local lazy = require "awscicd.support.lazy"

local pace = {}

-- By service ("default" for all others), calls of one operation a second and (burst) how many at once after a rest; by
-- "service.operation" where one has a limit of its own. Sources: AWS's pages "Request throttling for the Amazon EC2 API",
-- "… for the ELB API", and the services' "Endpoints and quotas".
pace.limits = {
  ec2 = { reads = { 20, burst = 100 }, writes = { 5, burst = 50 } },
  elbv2 = { reads = { 10, burst = 40 }, writes = { 3, burst = 20 } },
  logs = { reads = { 10 }, writes = { 10 } },
  secretsmanager = { reads = { 50 }, writes = { 50 } },
  events = { reads = { 50 }, writes = { 50 } },
  s3 = { reads = { 5500 }, writes = { 3500 } },
  default = { reads = { 20, burst = 40 }, writes = { 10, burst = 20 } },
  ["cloudwatch.describe_alarms"] = { 9 },
  ["cloudwatch.delete_alarms"] = { 3 },
  ["sns.list_topics"] = { 30 },
  ["sns.list_tags_for_resource"] = { 10 },
}

-- The part of a limit that is used: others in the account call too.
local share = 0.9

local reading = { "^describe_", "^list_", "^get_", "^batch_get_", "^head_" }

local function limit_of(service, operation)
  local own = pace.limits[service .. "." .. operation]
  if own then return own end
  local limits = pace.limits[service] or pace.limits.default
  for _, pattern in ipairs(reading) do
    if operation:find(pattern) then return limits.reads end
  end
  return limits.writes
end

local Bucket = {}
Bucket.__index = Bucket

-- Takes a token, after a wait where there is none. A debt keeps the order of those who wait.
function Bucket:take(limit)
  local rate, now = limit[1] * share, time.monotonic()
  local burst = math.max(1, (limit.burst or limit[1]) * share)
  self.tokens = math.min(burst, (self.tokens or burst) + (now - (self.filled or now)) * rate) - 1
  self.filled = now
  if self.tokens < 0 then task.sleep(-self.tokens / rate) end
end

local buckets = {}

local function take(service, operation)
  local key = service .. "." .. operation
  buckets[key] = buckets[key] or setmetatable({}, Bucket)
  buckets[key]:take(limit_of(service, operation))
end

local function paced_service(service, client)
  local function paced(calls)
    return function(operation)
      local call = calls[operation]
      return function(...)
        take(service, operation)
        return call(...)
      end
    end
  end
  local function pages(operation)
    return function(...)
      local next_page = client.pages[operation](...)
      return function()
        take(service, operation)
        return next_page()
      end
    end
  end
  return lazy({ try = lazy({}, paced(client.try)), pages = lazy({}, pages) }, paced(client))
end

-- A client as aws.client{…} gives it, whose calls, tried calls and pages keep to the limits.
function pace.client(client)
  return lazy({}, function(name)
    local field = client[name]
    return type(field) == "table" and paced_service(name, field) or field
  end)
end

return pace
