"""The prompt on a real terminal: what ^C, ^D, keys and signals do there. Takes the command as its arguments; the words of
PROMPT_TEST choose: "plain" has a terminal that cannot move its cursor, "ended-by-signal" ends it so."""
import fcntl, os, pty, re, select, signal, stat, struct, sys, tempfile, termios, time

way = os.environ["PROMPT_TEST"].split()
home = tempfile.mkdtemp()
history = os.path.join(home, ".awscicd_history")


class Terminal:
    """A terminal with the prompt in it."""

    def __init__(self):
        self.seen = ""
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.environ.update(NO_COLOR="1", HOME=home, TERM="dumb" if "plain" in way else "xterm")
            os.execv(sys.argv[1], sys.argv[1:])
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        self.expect("\n> ")

    def expect(self, text):
        """Reads on until the text has come, and forgets what came before it."""
        end = time.monotonic() + 240
        while text not in self.seen:
            ready, _, _ = select.select([self.end], [], [], max(0, end - time.monotonic()))
            try:
                more = os.read(self.end, 65536) if ready else b""
            except OSError:  # the other side is closed
                more = b""
            if not more:
                sys.exit(f"{text!r} did not come; there was {self.seen!r}")
            # Without what moves the cursor: an editor draws parts of a line anew.
            self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", more.decode()).replace("\r", "")
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def type_in(self, text):
        os.write(self.end, text.encode())

    def asked(self, text, answer):
        """Types a line and waits for what it prints, and for the prompt after it."""
        self.type_in(text + "\n")
        self.expect(f"\n{answer}\n> ")

    def ends(self, expected):
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        os.close(self.end)
        if status != expected:
            sys.exit(f"ended with {status}, not {expected}")


here = Terminal()
here.type_in("for i = 1, 2 do\n")
here.expect("\n>> ")
here.type_in("\x03")  # gives up what was begun
here.expect("^C\n> ")
here.asked("=6 * 7", 42)
for _ in range(3):  # at an idle prompt it ends nothing, however often
    here.type_in("\x03")
    here.expect("^C\n> ")
here.type_in("print('begun') while true do end\n")
here.expect("\nbegun\n")
here.type_in("\x03")
here.expect("prompt:1: interrupted")
here.expect("\n> ")
here.type_in("task.sleep(0.01) 1 +\n")
here.expect("\n> ")
here.asked("1 + 1", 2)
here.type_in("local a, b = 1, 2 local function c() local d end\n")
here.expect("note: a, b, c ends with this line")
here.expect("\n> ")
here.type_in("local e\n")  # said once
here.expect("local e\n> ")
here.asked("print(#'was it said', e)", "11\tnil")
if "plain" in way:
    here.type_in("\x1b[A\n")
    here.expect("arrow keys do nothing here: they need libedit")
    here.expect("\n> ")
    here.type_in("\x04")
    here.ends(0)
    if os.path.exists(history):
        sys.exit("a prompt without a history left a file")
    sys.exit()

here.asked("#'one' + 100", 103)
here.asked("\x1b[A\x1b[D\x1b[D\x7f2", 203)  # one up, two to the left, the 1 becomes a 2
here.asked("'zwölf€'\x1b[D\x7f\x7fß", "zwölß")
here.asked("\x12#'one'\x1b\x05 + 1", 204)  # ^R finds the last line that holds it, ^E is its end
here.type_in("'given up'\x03")
here.expect("^C\n> ")
fcntl.ioctl(here.end, termios.TIOCSWINSZ, struct.pack("4H", 24, 132, 0, 0))
here.asked("1 +\t2", 3)

# What may be a secret is there for this prompt's arrow keys, and not for the next's.
for line in [
    "my_password = 'correct horse'", " x = 'correct horse'", "cover = script['sec' .. 'ret']",
    "y = 'correct horse' cover(y)",
]:
    here.type_in(line + "\n")
    here.expect("\n> ")
here.type_in("z = {\n")
here.expect("\n>> ")
here.type_in("token = 'correct horse' }\n")
here.expect("\n> ")
here.asked("#z.token", 13)
here.asked("#'battery staple'", 14)
here.type_in("\x04")
here.ends(0)
kept = open(history).read()
if "#'battery staple'\n" not in kept or "correct" in kept or "given up" in kept:
    sys.exit(f"the history is {kept!r}")
if stat.S_IMODE(os.stat(history).st_mode) != 0o600:
    sys.exit("others can read the history")

here = Terminal()
here.asked("\x1b[A + 100", 114)
os.remove(history)
os.mkdir(history)
here.type_in("1 + 2\n")
here.expect("warning: what is typed here is not kept")
here.expect("AWSCICD_HISTORY names another file")
here.expect("\n> ")
here.type_in("1 + 3\n")  # said once
here.expect("+ 3\n4\n> ")
if "ended-by-signal" in way:
    os.kill(here.process, signal.SIGTERM)
    here.ends(143)
else:
    here.type_in("\x04")
    here.ends(0)
