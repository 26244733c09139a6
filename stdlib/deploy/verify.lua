-- Verification by HTTP: what a site serves, also while its traffic moves.

local options_of = require "awscicd.support.options"
local poll = require "awscicd.support.poll"
local verify = {}

-- Waits until a URL answers with status 200 and a body that holds `text`. Options: without (text that the body must not hold
-- any more), timeout (60 s), status. Returns the body.
function verify.expect(url, text, options)
  options = options_of.check("deploy.expect", options, {
    without = "string", timeout = "positive", status = "integer",
  })
  local seen = "nothing yet"
  return poll.until_some(function()
    local ok, response = pcall(http.get, url, { timeout = 10 })
    if not ok then
      seen = tostring(response)
      return nil
    end
    local stale = options.without and response.body:find(options.without, 1, true)
    seen = ("HTTP %d, %d bytes"):format(response.status, #response.body)
      .. (stale and (" that hold %q"):format(options.without) or "")
    if response.status == (options.status or 200) and response.body:find(text, 1, true) and not stale then
      return response.body
    end
  end, { what = ("%s serving %q"):format(url, text), timeout = options.timeout or 60, describe = function() return seen end })
end

-- Sends requests one after another, in `clients` tasks, for as long as `body()` runs, and counts what came back. Each
-- answer must be 200 and hold one of `versions`. Returns { requests, failed, failures = { text, ... }, seen = { [version] =
-- count }, slowest (seconds) } and what `body` returned; an error of `body` is raised after the counting has ended.
-- Options: url, versions = { "v2", "v3" } (any answer will do when absent), clients (4), pause (seconds between two requests
-- of a client, 0.01), timeout (seconds of a request, 60: as long as an Application Load Balancer itself waits for its targets).
function verify.while_serving(options, body)
  options = options_of.check("deploy.verify", options, {
    url = "!string", versions = "list", clients = "integer", pause = "positive", timeout = "positive",
  })
  if type(body) ~= "function" then
    error(("deploy.verify: the second argument is what to do meanwhile, a function, not a %s"):format(type(body)), 2)
  end
  if options.clients and options.clients < 1 then
    error("deploy.verify: without clients nothing is asked, and nothing could fail", 2)
  end
  local result = { requests = 0, failed = 0, failures = {}, seen = {}, slowest = 0 }
  local running = true
  local function one_request()
    local started = time.monotonic()
    local ok, response = pcall(http.get, options.url, { timeout = options.timeout or 60 })
    if not running and not ok then return end
    result.requests = result.requests + 1
    result.slowest = math.max(result.slowest, time.monotonic() - started)
    local problem
    if not ok then
      problem = tostring(response)
    elseif response.status ~= 200 then
      problem = "HTTP " .. response.status
    else
      problem = "an answer of none of the versions"
      for _, version in ipairs(options.versions or { "" }) do
        if response.body:find(version, 1, true) then
          result.seen[version] = (result.seen[version] or 0) + 1
          problem = nil
          break
        end
      end
    end
    if problem then
      result.failed = result.failed + 1
      if #result.failures < 10 then result.failures[#result.failures + 1] = problem end
    end
  end
  local clients = {}
  for client = 1, options.clients or 4 do
    clients[client] = task.spawn(function()
      while running do
        one_request()
        task.sleep(options.pause or 0.01)
      end
    end)
  end
  local outcome = table.pack(pcall(body))
  running = false
  for _, client in ipairs(clients) do client:join() end
  if not outcome[1] then error(outcome[2], 0) end
  return result, table.unpack(outcome, 2, outcome.n)
end

return verify
