-- Calls are given up wherever they are: at once, with nothing left behind, and without harm to their neighbours.
-- Arguments: a server that answers under /slow only after five minutes.
local check = require "check"

local url, folder = ...
local keys = { access_key_id = "a", secret_access_key = "b" }
local function client(options)
  options.region = "eu-west-1"
  options.credentials = options.credentials or keys
  return aws.client(options)
end
local slow, fast = client { endpoint = url .. "/slow" }, client { endpoint = url }
local function without_credentials() return aws.client { profile = "slow", region = "eu-west-1", endpoint = url } end
local failing = client { endpoint = url .. "/status/503", retry_mode = "standard", retries = 20 }

-- Each is started, looked at while it waits, and cancelled; what it said while it ended is checked.
local places = {
  ["the answer"] = function() slow.sqs.list_queues {} end,
  ["the answer to a file"] = function() slow.s3.get_object({ Bucket = "bkt", Key = "k" }, { save_to = folder .. "/out" }) end,
  ["the sending of a file"] = function()
    slow.s3.put_object { Bucket = "bkt", Key = "k", Body = aws.file(folder .. "/large") }
  end,
  ["the wait between attempts"] = function() failing.sqs.list_queues {} end,
  ["a waiter's wait"] = function() fast.s3.wait.bucket_not_exists({ Bucket = "bkt" }, { delay = 60 }) end,
  ["the next page"] = function() for _ in slow.iam.pages.list_users({}):items() do end end,
  ["the first event"] = function()
    slow.logs.events.start_live_tail { logGroupIdentifiers = { "arn:aws:logs:eu-west-1:1:log-group:g" } }
  end,
  ["credentials"] = function() without_credentials().sqs.list_queues {} end,
}
fs.write(folder .. "/large", ("x"):rep(4 << 20))
local started = time.now()
for place, call in pairs(places) do
  local running = task.spawn(call)
  task.sleep(0.15)
  check.equal(running:status(), "waiting", place)
  running:cancel()
  check.truthy(running:wait(120), place .. " ends")
  check.equal(running:status(), "cancelled", place)
  check.truthy(fast.sqs.list_queues {}, "a neighbour while it waited for " .. place)
end
check.truthy(time.now() - started < 250, "nothing was waited for")
check.equal(fs.exists(folder .. "/out"), false)
check.equal(#fs.list(folder), 1, "no part of a file is left")

-- The same by a limit that a call has for itself.
for _, limited in ipairs {
  function(options) return slow.sqs.try.list_queues({}, options) end,
  function(options) return failing.sqs.try.list_queues({}, options) end,
  function(options) return without_credentials().sqs.try.list_queues({}, options) end,
} do
  local result, err = limited { timeout = 0.3 }
  check.equal(result, nil)
  check.truthy(err.kind == "timeout" or tostring(err):find "no time is left", tostring(err))
end
