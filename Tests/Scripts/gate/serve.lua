-- Needs: the local cloud
-- A service for many pipelines: each approval answered once, by its own gate; a slow or broken gate keeps no other waiting.
local check, gated = require "check", require "gated"
local poll = require "awscicd.support.poll"

local made = gated.make "serve"
local names = { "serve-a", "serve-b", "serve-c", "serve-d" }
local releases = {}
for _, name in ipairs(names) do
  releases[name] = gated.pipeline(made, name)
  gated.opened(name)
end

-- Serves until `seen` gives true, however long a busy machine takes for that.
local function serve_until(what, seen, ...)
  local services = {}
  for number, options in ipairs { ... } do services[number] = task.spawn(gate.serve, options) end
  poll.until_some(function() return seen() or nil end, { what = what, timeout = 240 })
  for _, service in ipairs(services) do
    service:cancel()
    pcall(service.join, service)
  end
end

-- A dry run answers nothing, and says what it would answer once each, however often it looks.
local said, kinds = {}, {}
serve_until("the answers of the dry run", function()
  for _, name in ipairs(names) do
    if not said[name] then return false end
  end
  task.sleep(0.5)
  return true
end, {
  pipelines = names, gate = function() return gate.approve("all is well") end, dry_run = true, every = 0.1,
  on_answer = function(answer, request)
    kinds[answer.kind] = true
    said[request.pipeline] = (said[request.pipeline] or 0) + 1
  end,
})
check.equal(kinds, { approve = true })
for _, name in ipairs(names) do
  check.equal(said[name], 1, name)
  check.yes(gated.is_open(name), name)
end

-- Two services at once, four gates: each approval gets one answer. One gate sleeps, one fails, one waits first.
local answers, waits = {}, 0
local gates = {
  ["serve-a"] = function() return gate.approve("a is well") end,
  ["serve-b"] = function() return gate.reject("b is not") end,
  ["serve-c"] = { Approval = function() error("c is broken") end },
  ["serve-d"] = function()
    waits = waits + 1
    if waits < 4 then return gate.wait(0.2) end
    return gate.approve("d at last")
  end,
}
local two = {
  gates = gates, every = 0.1, hold_seconds = 0.2,
  on_answer = function(answer, request) answers[#answers + 1] = request.pipeline .. " " .. answer.kind end,
}
serve_until("the answers of two services", function()
  local open = gated.is_open "serve-a" or gated.is_open "serve-b" or gated.is_open "serve-d"
  return not open and table.concat(answers, ", "):find "serve%-c hold"
end, two, two)
check.equal(releases["serve-a"]:follow():wait().status, "Succeeded")
check.fails(function() releases["serve-b"]:follow():wait() end, "b is not")
check.yes(gated.is_open "serve-c", "the approval whose gate fails")
check.equal(releases["serve-d"]:follow():wait().status, "Succeeded")
check.has(table.concat(answers, ", "), "serve-c hold", "serve-d wait")

-- While it serves: a gate that hangs holds, and a new approval elsewhere is answered meanwhile; an on_answer that fails
-- sends nothing.
local service = task.spawn(function()
  gate.serve {
    gates = {
      ["serve-c"] = function() task.sleep(600) return gate.approve() end,
      ["serve-a"] = function() return gate.approve("again") end,
      ["serve-b"] = function() return gate.approve("not sent") end,
    },
    every = 0.1, gate_limit = 5,
    on_answer = function(_, request) if request.pipeline == "serve-b" then error("no chat") end end,
  }
end)
releases["serve-b"]:start()
check.equal(releases["serve-a"]:start():wait({ timeout = 240 }).status, "Succeeded")
gated.opened "serve-b"
task.sleep(1)
check.yes(gated.is_open "serve-b", "the approval whose answer could not be told")
check.yes(gated.is_open "serve-c", "the approval whose gate hangs")
service:cancel()
pcall(service.join, service)

-- One approval whose answer never gets out: the others of its pipeline are answered all the same.
local parallel = gated.pipeline(made, "serve-e", { mode = "PARALLEL" })
local stuck
local function tell(_, request)
  stuck = stuck or request.execution.id
  if request.execution.id == stuck then error("no chat") end
end
local runs = { parallel:follow(), parallel:start(), parallel:start() }
poll.until_some(function()
  for _, one in ipairs(runs) do
    local _, actions = one:show()
    if #actions < 2 or actions[2].status ~= "InProgress" then return nil end
  end
  return true
end, { what = "the three approvals", timeout = 240 })
serve_until("the other two", function()
  for _, one in ipairs(runs) do
    if one.id ~= stuck and one:describe().status ~= "Succeeded" then return false end
  end
  return stuck
end, { gates = { ["serve-e"] = function() return gate.approve("one of three") end }, every = 0.1, on_answer = tell })
check.equal(pipeline.get("serve-e"):follow({ execution = stuck }):describe().status, "InProgress")

-- A gate that takes its time over one of them: likewise. It is asked once, and its answer counts when it comes.
local slow_pipeline = gated.pipeline(made, "serve-f", { mode = "PARALLEL" })
local slow, asked = slow_pipeline:follow().id, 0
local quick
local server = task.spawn(function()
  gate.serve {
    gates = { ["serve-f"] = function(request)
      if request.execution.id ~= slow then return gate.approve("at once") end
      asked = asked + 1
      poll.until_some(function() return quick end, { what = "the other approval's end", timeout = 240 })
      return gate.approve("after the other")
    end },
    every = 0.1,
  }
end)
poll.until_some(function() return asked > 0 or nil end, { what = "the slow gate", timeout = 240 })
quick = slow_pipeline:start():wait({ timeout = 240 }).status
check.equal(quick, "Succeeded")
check.equal(slow_pipeline:follow({ execution = slow }):wait({ timeout = 240 }).status, "Succeeded")
check.equal(asked, 1)
server:cancel()
pcall(server.join, server)

-- Past its time an approval is rejected where that was asked for.
serve_until("the rejection", function() return not gated.is_open "serve-b" end, {
  gates = { ["serve-b"] = function() return gate.wait(3600, "for Ann") end }, every = 0.1, timeout = 60,
  on_timeout = "reject",
})
check.fails(function() releases["serve-b"]:follow():wait() end, "no decision within 60 s: for Ann")

-- What cannot be served is an error at once.
check.fails(function() gate.serve { gates = {} } end, "no pipelines were given")
check.fails(function() gate.serve { gates = { p = gate.nothing } } end, 'gate has no "nothing"')
check.fails(function() gate.serve { pipelines = { "p" } } end, "the gate of p is a nil")
check.fails(function() gate.serve { gates = { p = { Approval = true } } } end, "the gate of p, stage Approval, is not a function")

-- A pause of nothing would ask all the time; what stays wrong is logged once, although each request of it has an id.
local function approve() return gate.approve() end
check.fails(function() gate.serve { pipelines = names, gate = approve, every = 0 } end, "every is 0", "a number above zero")
local logged = process.run {
  script.env "AWSCICD_RUN", "-e",
  [[gate.serve { pipelines = { "no-such" }, gate = gate.tests_passed(), every = 0.1, for_seconds = 3 }]],
}
local _, times = logged.stderr:gsub("this look failed", "")
check.equal(times, 1, logged.stderr)
