local check = require "check"
local test = check.test

test("run", function()
  local r = process.run { "sh", "-c", "echo out; echo err >&2; exit 3" }
  check.equal({ r.stdout, r.stderr, r.status, r.ok }, { "out\n", "err\n", 3, false })
  check.equal(process.run({ "cat", input = "a\0b" }).stdout, "a\0b")
  check.equal(process.run({ "echo", 1, "a b" }).command, "echo 1 'a b'")
  check.equal(process.output { "echo", "x" }, "x")
end)

test("options", function()
  check.equal(process.output { "pwd", cwd = "/usr" }, "/usr")
  check.equal(process.output { "sh", "-c", "echo $A-${HOME-none}", env = { A = "1", HOME = false } }, "1-none")
  check.equal(process.run({ "sh", "-c", "echo a; echo b >&2", stderr = "stdout" }).stdout, "a\nb\n")
  local file = fs.temp_file()
  process.run { "echo", "x", stdout = { file = file } }
  process.run { "echo", "y", stdout = { file = file, append = true } }
  check.equal(process.output { "cat", stdin = { file = file } }, "x\ny")
  fs.remove(file)
  check.equal(process.run({ "echo", "x", stdout = "null" }).stdout, "")
end)

test("failures", function()
  local err = check.raises("ended with status 4\n  | because", process.run,
    { "sh", "-c", "echo because >&2; exit 4", check = true })
  check.equal({ err.code, err.status, err.stderr }, { "ProgramFailed", 4, "because\n" })
  check.equal(check.raises("cannot run no-such-program: no such program", process.run, { "no-such-program" }).code, "ENOENT")
  local file = fs.temp_file()
  check.equal(check.raises("may not be executed (chmod +x", process.run, { file }).code, "EACCES")
  fs.remove(file)
  check.raises("it is a folder", process.run, { "/tmp" })
  check.raises("(a text goes into input)", process.run, { "cat", stdin = "text" })
  check.raises("takes a table of words", process.run, {})
  check.raises("takes a table", process.run, "ls")
  check.raises("unknown option 'tiemout'; did you mean", process.run, { "true", tiemout = 1 })
  check.raises("'timeout' must be a length of time", process.run, { "true", timeout = "soon" })
  check.raises("cannot look at /no/such", process.run, { "true", cwd = "/no/such" })
  check.raises("word 2 must be a string", process.run, { "echo", {} })
  check.raises("no name of an environment variable", process.run, { "true", env = { ["A=B"] = "" } })
end)

test("time-outs", function()
  local r = process.run { "sleep", "60", timeout = "100ms", grace = 0.2 }
  check.equal({ r.timed_out, r.ok, r.signal, r.status }, { true, false, 15, 143 })
  check.equal(check.raises("did not end within 100ms", process.run,
    { "sleep", "60", timeout = 0.1, check = true }).code, "TimedOut")
end)

-- Whether a process runs; one that has ended and waits for its parent to notice does not.
local function runs(id)
  local ok, stat = pcall(fs.read, "/proc/" .. id .. "/stat")
  return ok and not stat:find "%) [ZX] "
end

test("what a program started ends with it", function()
  local folder = fs.temp_directory()
  -- One that ignores the request to end, one that has left the process group, and one below that.
  local p = process.start { "sh", "-c", [[
    sh -c 'trap "" TERM; echo $$ > stubborn; sleep 60; sleep 60' &
    setsid sh -c 'echo $$ > apart; sleep 60 & echo $! > below; wait' &
    until [ -s stubborn ] && [ -s below ]; do sleep 0.02; done
    echo ready
    wait]], cwd = folder, grace = 0.3 }
  check.equal(p:read_line(), "ready")
  local ids = {}
  for _, name in ipairs { "stubborn", "apart", "below" } do
    ids[name] = fs.read(fs.join(folder, name)):match "%d+"
    check.truthy(runs(ids[name]), name)
  end
  p:close()
  for name, id in pairs(ids) do check.truthy(not runs(id), name .. " is gone, which") end
  fs.remove(folder, { recursive = true })
end)

test("more output than is wanted", function()
  local r = process.run { "sh", "-c", "printf 0123456789; exec sleep 60", limit = 4 }
  check.equal({ r.truncated, r.stdout, r.ok }, { true, "0123", false })
  check.equal(process.run({ "printf", "0123", limit = 4 }).truncated, false)
end)

test("lines as they come", function()
  local lines = {}
  local r = process.run { "sh", "-c", "echo a; echo b >&2; cat", input = "c\nd", on_line = function(line, stream)
    lines[#lines + 1] = stream .. ":" .. line
  end }
  table.sort(lines)
  check.equal(lines, { "stderr:b", "stdout:a", "stdout:c", "stdout:d" })
  check.equal(r.status, 0)
  check.raises("stop here", process.run, { "yes", on_line = function() error "stop here" end })
end)

test("a conversation", function()
  local p <close> = process.start { "sh", "-c", "while read a; do echo got $a; done; echo end >&2" }
  check.truthy(p.running and p.id > 0)
  check.equal(p:write "1\n", true)
  check.equal(p:read_line(), "got 1")
  p:write "2\n"
  check.equal(p:read_line(), "got 2")
  p:close_input()
  check.equal(p:read_line(), nil)
  check.equal(p:read "stderr", "end\n")
  check.equal(p:wait().status, 0)
  check.equal(p.running, false)
  check.equal(p:write "3\n", false)
end)

test("signals and close", function()
  local id
  do
    local p <close> = process.start { "sleep", "60" }
    id = p.id
    check.equal(p:signal "STOP", true)
    check.equal(p:signal "CONT", true)
    check.raises("unknown signal 'X'", p.signal, p, "X")
  end
  check.truthy(not fs.exists("/proc/" .. id))
end)

test("others go on while a program runs", function()
  local order = {}
  local other = task.spawn(function() order[#order + 1] = "task" end)
  process.run { "sleep", "0.1" }
  order[#order + 1] = "program"
  other:join()
  check.equal(order, { "task", "program" })
end)

test("which and quote", function()
  check.equal(process.which "sh" ~= nil, true)
  check.equal(process.which "no-such-program", nil)
  check.equal(process.quote { "a", "b c", "it's" }, [[a 'b c' 'it'\''s']])
end)

check.done()
