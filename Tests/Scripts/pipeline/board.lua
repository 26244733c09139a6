-- What the user sees of long work: on a terminal one line for each thing, rewritten in place; elsewhere a plain line for each
-- step. Colours respect NO_COLOR.
local check = require "check"

local work = [[
local board = require("awscicd.support.progress").board()
board:set("a", "Source", "InProgress")
board:set("b", "Build", "InProgress", "compiling", { step = "compile" })
board:say("a remark")
board:set("a", "Source", "Succeeded", nil, { seconds = 2 })
board:set("b", "Build", "Failed", ("a very long reason "):rep(20), { seconds = 65, step = "test" })
board:finish("done")
]]
local terminal = [==[
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    os.execv(sys.argv[1], [sys.argv[1], "-e", sys.argv[2]])
while True:
    try: piece = os.read(terminal, 4096)
    except OSError: break
    if not piece: break
    sys.stdout.buffer.write(piece)
os.waitpid(pid, 0)
]==]

-- What stands on the screen in the end: the board moves up by lines, goes to the first column and clears from there.
local function screen(bytes)
  local lines, row = {}, 1
  local place = 1
  while place <= #bytes do
    local up, after = bytes:match("^\27%[(%d+)A\r\27%[J()", place)
    if up then
      row = row - tonumber(up)
      for i = row, #lines do lines[i] = nil end
      place = after
    else
      local line, next_place = bytes:match("^([^\n\27]*)\r?\n()", place)
      if not line then error(("an unexpected sequence: %q"):format(bytes:sub(place, place + 40))) end
      lines[row], row, place = line:gsub("\r$", ""), row + 1, next_place
    end
  end
  return lines
end

local function seen(no_color)
  return process.run({
    "python3", "-c", terminal, os.getenv "AWSCICD_RUN", work, check = true, timeout = 240,
    env = { NO_COLOR = no_color, TERM = "xterm-256color" },
  }).stdout
end

local plain = seen "1"
local lines = screen(plain)
check.equal(#lines, 4, table.concat(lines, "\n"))
check.has(lines[1], "a remark")
check.has(lines[2], "Source", "Succeeded", "2")
check.has(lines[3], "Build", "Failed", "a very long reason")
check.yes(utf8.len(lines[3]) < 80, "a line fits the terminal:")
check.has(lines[4], "done")

-- In colour where that is wanted: an empty NO_COLOR counts as none.
check.has(seen "", "\27[32mSucceeded\27[0m", "\27[31mFailed\27[0m")
check.lacks(plain, "\27[32m", "\27[31m")

-- Not on a terminal: no sequence at all, a line for each step, the whole reason.
local piped = process.run { os.getenv "AWSCICD_RUN", "-e", work, check = true, env = { NO_COLOR = "1" } }.stderr
check.lacks(piped, "\27", "\r")
local count = select(2, piped:gsub("\n", ""))
check.equal(count, 6, piped)
check.has(piped, "Source InProgress", "Build InProgress  compiling", "a remark", "Source Succeeded",
  ("a very long reason "):rep(20))
