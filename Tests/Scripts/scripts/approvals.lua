-- Needs: the local cloud
-- approve.lua as a service for several pipelines: each approval gets one answer, by the gate's own reason, across faults of
-- the network and a kill of the service; a dry run answers none.
local check, delivery, series_run = require "check", require "delivery", require "series_run"
local poll = require "awscicd.support.poll"

local report = [[<testsuite name="t" tests="1"><testcase classname="t" name="page">%s</testcase></testsuite>]]
local buildspec = [[
version: 0.2
phases: {build: {commands: [test -f report.xml]}}
reports: {tests: {files: [report.xml]}}
artifacts: {files: [index.html]}
]]

-- A pipeline whose approval is open. `failure` is what its test says, `message` what its commit says.
local function open(name, failure, message)
  local made = delivery.make(name, {
    buildspec = buildspec,
    files = { ["report.xml"] = report:format(failure and ('<failure message="%s"/>'):format(failure) or "") },
  })
  if message then source.commit { repository = made.repository, files = { ["more"] = "more" }, message = message } end
  local release = delivery.pipeline(made)
  release:apply { quiet = true }
  return release
end

local function status(name)
  local state = pipeline.get(name .. "-pipeline"):state()
  return state[#state].actions[1].status
end
local function until_status(name, wanted)
  poll.until_some(function() return status(name) == wanted or nil end,
    { what = ("%s to be %s"):format(name, wanted), timeout = 240 })
end

local releases = task.map({ { "good" }, { "bad", "no title" }, { "held", nil, "[hold] a delicate change" } }, function(one)
  return open(table.unpack(one, 1, 3))
end)
local good = releases[1]
for _, name in ipairs { "good", "bad", "held" } do until_status(name, "InProgress") end
local line = "approve --json --every 0.2 --pipeline good-pipeline,bad-pipeline,held-pipeline"

-- A dry run says one answer for each, and leaves every approval open.
local said = {}
do
  local dry <close> = series_run.start(line .. " --dry-run")
  for _ = 1, 3 do
    local answer = json.decode(assert(dry:read_line "stdout"))
    check.equal(answer.dry_run, true)
    check.equal(said[answer.pipeline], nil, "a second answer for " .. answer.pipeline)
    said[answer.pipeline] = answer.answer
  end
  task.sleep(1)  -- for more looks
  dry:signal "INT"
  check.equal(dry:wait().stdout, "", "what it said when it had answered all")
end
check.equal(said, { ["good-pipeline"] = "approve", ["bad-pipeline"] = "reject", ["held-pipeline"] = "hold" })
for _, name in ipairs { "good", "bad", "held" } do check.equal(status(name), "InProgress", name) end

-- The service, behind a network that is down when it starts, and goes down again later.
local folder = fs.temp_directory "network"
local up = fs.join(folder, "up")
local relay <close> = process.start {
  "python3", script.env "AWSCICD_SCRIPTS" .. "/../Tests/Scripts/relay.py", script.env "AWS_ENDPOINT_URL", up,
}
local endpoint = relay:read_line()
local answers = {}
local function serve()
  local service = series_run.start(line, { endpoint = endpoint })
  local log = { count = 0 }
  task.spawn(function()
    for text in function() return service:read_line "stderr" end do
      if text:find("trying again", 1, true) then log.count = log.count + 1 end
    end
  end)
  task.spawn(function()
    for text in function() return service:read_line "stdout" end do
      local answer = json.decode(text)
      table.insert(answers, ("%s %s"):format(answer.execution, answer.answer))
    end
  end)
  return service, log
end
local function faults(log, count)
  poll.until_some(function() return log.count >= count or nil end, { what = count .. " faults in the log", timeout = 240 })
end

local service, log = serve()
faults(log, 3)  -- one for each pipeline
check.equal(#answers, 0)
fs.write(up, "")
until_status("good", "Succeeded")
until_status("bad", "Failed")
check.equal(status "held", "InProgress")
check.fails(function() releases[2]:follow():wait() end, "1 of 1 tests failed")

fs.remove(up)
faults(log, 6)
local second = good:start()
until_status("good", "InProgress")
fs.write(up, "")
check.equal(second:wait().status, "Succeeded")

-- Another service takes over where a killed one left: what is answered stays so, what is open is looked at.
service:signal "KILL"
service:wait()
service = serve()
local third = good:start()
check.equal(third:wait().status, "Succeeded")
check.equal(status "held", "InProgress")
service:signal "INT"
check.equal(service:wait().status, 130)

local counts = {}
for _, answer in ipairs(answers) do counts[answer] = (counts[answer] or 0) + 1 end
check.equal(counts[second.id .. " approve"], 1)
check.equal(counts[third.id .. " approve"], 1)
local held = releases[3]:follow().id
counts[held .. " hold"] = nil  -- one from each service
for answer, count in pairs(counts) do check.equal(count, 1, answer) end
check.equal(#require "awscicd.support.list".keys(counts), 4)
