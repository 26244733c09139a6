-- A person at a terminal: the same question, each answer.
local check = require "check"

local ask = [[
local answer = gate.ask(gate.prompt(), { stage = "Approval", pipeline = "site", commit = {
  id = "0123456789", author = "Ann", message = "Second page\nwith more" } })
print("answer: " .. tostring(answer))
]]
-- Runs the program at a terminal of its own, types the answer once the question stands there, prints what was seen.
local typist = [==[
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[1], [sys.argv[1], "-e", sys.argv[2]])
seen, typed = b"", False
while True:
    try: piece = os.read(terminal, 4096)
    except OSError: break
    if not piece: break
    seen += piece
    if not typed and b"later] " in seen:
        typed = True
        os.write(terminal, sys.argv[3].encode() + b"\n")
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
]==]
local program = os.getenv "AWSCICD_RUN"
local function typed(text)
  return process.run({ "python3", "-c", typist, program, ask, text, check = true, timeout = 240 }).stdout
end
check.has(typed "y", "Approve Approval of site (01234567 by Ann: Second page)? [y/n/later]",
  "answer: approve: approved at the terminal")
check.has(typed " NO ", "answer: reject: rejected at the terminal")
check.has(typed "later", "answer: wait 60 s")
check.has(typed "", "answer: wait 60 s")
check.equal(gate.ask(gate.prompt(), { stage = "Approval", pipeline = "site", commit = false }).kind, "hold")
