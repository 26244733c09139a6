"""The prompt on a real terminal: what ^C, ^D and signals do there. Takes the command as its arguments."""
import os, pty, select, signal, sys, time

pid, terminal = pty.fork()
if pid == 0:
    os.environ["NO_COLOR"] = "1"
    os.execv(sys.argv[1], sys.argv[1:])

seen = ""


def expect(text):
    """Reads on until the text has come, and forgets what came before it."""
    global seen
    end = time.monotonic() + 240
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        try:
            more = os.read(terminal, 65536) if ready else b""
        except OSError:  # the other side is closed
            more = b""
        if not more:
            sys.exit(f"{text!r} did not come; there was {seen!r}")
        seen += more.decode().replace("\r\n", "\n")
    seen = seen[seen.index(text) + len(text):]


def type_in(text):
    os.write(terminal, text.encode())


expect("\n> ")
type_in("for i = 1, 2 do\n")
expect("\n>> ")
type_in("\x03")  # gives up what was begun
expect("^C\n> ")
type_in("=6 * 7\n")
expect("\n42\n> ")
type_in("\x1b[A\n")  # there is no history to go back in
expect("rlwrap awscicd-run")
expect("\n> ")
for _ in range(3):  # at an idle prompt it ends nothing, however often
    type_in("\x03")
    expect("^C\n> ")
type_in("print('begun') while true do end\n")
expect("\nbegun\n")
type_in("\x03")
expect("prompt:1: interrupted")
expect("\n> ")
type_in("task.sleep(0.01) 1 +\n")
expect("\n> ")
type_in("1 + 1\n")
expect("\n2\n> ")
if "--ended-by-signal" in os.environ.get("PROMPT_TEST", ""):
    os.kill(pid, signal.SIGTERM)
    expected = 143
else:
    type_in("\x04")
    expected = 0
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if status != expected:
    sys.exit(f"ended with {status}, not {expected}")
