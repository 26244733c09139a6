"""script.prompt on a real terminal: answers, and what ends a question that nobody answers. Takes the command as its arguments."""
import os, pty, select, signal, sys, termios, time

PLAIN = 'print("got " .. tostring(script.prompt("name? ")))'
SECRET = 'print("got " .. #script.prompt("name? ", { secret = true }))'


def ask(arguments, act, status, text, is_hidden=False):
    """Runs the command, acts when the question is there, and looks at what it ends with."""
    process, end = pty.fork()
    if process == 0:
        os.environ["NO_COLOR"] = "1"
        os.execv(sys.argv[1], sys.argv[1:] + arguments)
    seen, has_acted, last = "", False, time.monotonic() + 120
    while True:
        if not select.select([end], [], [], max(0, last - time.monotonic()))[0]:
            os.kill(process, signal.SIGKILL)
            sys.exit(f"{arguments} did not end; there was {seen!r}")
        try:
            seen += os.read(end, 4096).decode()
        except OSError:  # the other side is closed
            break
        if not has_acted and "name? " in seen:
            # Echo was turned off before the question was shown.
            shows = bool(termios.tcgetattr(end)[3] & termios.ECHO)
            if shows == is_hidden:
                sys.exit(f"{arguments}: what is typed is {'shown' if shows else 'hidden'}")
            has_acted = True
            act(process, end)
    ended = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if ended != status or text not in seen:
        sys.exit(f"{arguments} ended with {ended}, not {status}, or without {text!r}: {seen!r}")
    if not termios.tcgetattr(end)[3] & termios.ECHO:
        sys.exit(f"{arguments} left the terminal without echo")
    os.close(end)


def typed(text):
    return lambda process, end: os.write(end, text)


ask(["-e", PLAIN], typed(b"M\xc3\xbcller\n"), 0, "got Müller")
ask(["-e", PLAIN], typed(b"half\x04 a line\n"), 0, "got half a line")
ask(["-e", PLAIN], typed(b"\x04"), 0, "got nil")
ask(["-e", SECRET], typed(b"hush\n"), 0, "got 4", is_hidden=True)
ask(["-e", PLAIN], typed(b"\x03"), 130, "interrupted")
ask(["-e", SECRET], typed(b"\x03"), 130, "interrupted", is_hidden=True)
ask(["-e", PLAIN], lambda process, end: os.kill(process, signal.SIGTERM), 143, "interrupted")
ask(["--time-limit", "1s", "-e", SECRET], typed(b""), 124, "time limit", is_hidden=True)
ask(["-e", 'print(pcall(task.timeout, 0.5, script.prompt, "name? "))'], typed(b""), 0, "timed out")
