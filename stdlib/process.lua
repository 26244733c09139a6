--- Other programs, started without a shell.
---
---     local r = process.run { "git", "status", "--short", cwd = dir, timeout = 30 }
---     print(r.status, r.stdout, r.stderr)                       -- also ok, signal, timed_out, seconds
---     process.run { "git", "push", check = true }               -- raises unless the status is 0
---     process.run { "make", on_line = function(line, stream) log.info(line) end }
---
---     local p <close> = process.start { "bc" }                  -- ended, with what it started, when p goes
---     p:write "6 * 7\n"
---     print(p:read_line())
---
--- Options: cwd, env (false removes a variable), clear_env, input, stdin, stdout, stderr ("pipe", "inherit", "null",
--- { file = PATH, append = true }; stderr also "stdout"), timeout, grace, limit, check, on_line.

local native = require "awscicd.native.process"

local process = {}
for name, value in pairs(native) do process[name] = value end

--- Hands each line to `on_line(line, stream)` as it comes, and returns what `run` does.
local function run_by_line(options)
  local task = require "awscicd.task"
  local on_line, input = options.on_line, options.input
  local started = {}
  for name, value in pairs(options) do
    if name ~= "on_line" and name ~= "input" then started[name] = value end
  end
  local running <close> = process.start(started)
  local readers = {}
  for _, stream in ipairs { "stdout", "stderr" } do
    readers[#readers + 1] = task.spawn(function()
      for line in function() return running:read_line(stream) end do on_line(line, stream) end
    end)
  end
  if input then running:write(input) end
  running:close_input()
  for _, reader in ipairs(readers) do reader:join() end
  return running:wait()
end

--- Runs a program to its end.
function process.run(options)
  if type(options) ~= "table" then error("process.run takes a table: { \"git\", \"push\" }", 2) end
  if options.on_line then return run_by_line(options) end
  return native.run(options)
end

--- The output of a program that must succeed, without its last line end.
function process.output(options)
  local checked = { check = true }
  for name, value in pairs(options) do checked[name] = value end
  return (process.run(checked).stdout:gsub("\r?\n$", ""))
end

return process
