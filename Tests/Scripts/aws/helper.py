"""Ends the program in several ways while a credential_process of its runs, and prints which of the helpers lived on.
Argument: the program.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

home = tempfile.mkdtemp()
started = f"{home}/started"
os.mkdir(f"{home}/.aws")


def has_started():
    """Whether the helper has written its whole number."""
    return os.path.exists(started) and open(started).read().endswith("\n")


def ends(helper, script, number=None):
    """How the program ends, and whether the helper is there afterwards."""
    with open(f"{home}/.aws/config", "w") as config:
        config.write(f"[profile slow]\nregion = eu-west-1\ncredential_process = {helper}\n")
    if os.path.exists(started):
        os.remove(started)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"HOME": home, "AWS_PROFILE": "slow", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    program = subprocess.Popen(
        [sys.argv[1], "-e", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not has_started():
        # It may end between the two looks.
        if program.poll() is not None and not has_started():
            return {"status": program.returncode, "error": program.stderr.read().decode()}
        time.sleep(0.02)
    helper_id = int(open(started).read())
    if number:
        program.send_signal(number)
    # Not to the end of its output: a helper that lives on holds that open.
    try:
        status = program.wait(240)
    finally:
        program.kill()
    for _ in range(2400):
        if not os.path.exists(f"/proc/{helper_id}"):
            return {"status": status, "lives": False}
        if open(f"/proc/{helper_id}/stat").read().rsplit(")", 1)[1].split()[0] == "Z":
            return {"status": status, "lives": False}
        time.sleep(0.05)
    os.kill(helper_id, signal.SIGKILL)
    return {"status": status, "lives": True}


plain = f"sh -c 'echo $$ > {started}; exec sleep 100'"
stubborn = f"sh -c 'trap \"\" TERM INT; echo $$ > {started}; while :; do sleep 1; done'"
# A file that is there may still be empty: the helper would end before it has said who it is.
call = "aws.sts.get_caller_identity {}"
begun = f"local waiting = task.spawn(function() {call} end) while ((fs.stat('{started}') or {{}}).size or 0) == 0 do task.sleep(0.01) end "
print(json.dumps({
    "end": ends(plain, begun + "waiting:cancel()"),
    "exit": ends(plain, begun + "os.exit(7)"),
    "error": ends(plain, begun + "error('no')"),
    "interrupt": ends(plain, call, signal.SIGINT),
    "terminate": ends(plain, call, signal.SIGTERM),
    "stubborn": ends(stubborn, call, signal.SIGINT),
}))
