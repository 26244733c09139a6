"""Runs the program with a profile that wants the code of a device: at a terminal, where it is typed, and without one.

Arguments: the program, what to type.
"""
import http.server
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse


class STS(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        action = form["Action"][0]
        if action == "AssumeRole":
            result = (
                f"<Credentials><AccessKeyId>ROLE{form['TokenCode'][0]}</AccessKeyId><SecretAccessKey>S</SecretAccessKey>"
                "<SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            )
        else:
            result = f"<Arn>{self.headers['Authorization'].split('Credential=')[1].split('/')[0]}</Arn>"
        body = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), STS)
threading.Thread(target=server.serve_forever, daemon=True).start()
home = tempfile.mkdtemp()
with open(f"{home}/config", "w") as file:
    file.write(
        "[profile guarded]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = keys\n"
        "mfa_serial = arn:aws:iam::111111111111:mfa/me\nregion = eu-west-1\n"
        "[profile keys]\naws_access_key_id = A\naws_secret_access_key = S\n"
    )
kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
environment = {
    **kept,
    "AWS_CONFIG_FILE": f"{home}/config",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_PROFILE": "guarded",
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
}
# Two services, one question.
script = "print(aws.sts.get_caller_identity {}.Arn) print(aws.client { service = 'sts' }.get_caller_identity {}.Arn)"
command = [sys.argv[1], "-e", script]

alone = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)

child, terminal = pty.fork()
if child == 0:
    signal.alarm(60)  # ends a program that waits for what is never typed
    os.execve(command[0], command, environment)
seen, typed = b"", False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if not typed and b"mfa/me: " in seen:
        typed = True
        os.write(terminal, sys.argv[2].encode() + b"\n")
_, status = os.waitpid(child, 0)
print(
    json.dumps(
        {
            "without": {"status": alone.returncode, "error": alone.stderr},
            "terminal": {"status": os.waitstatus_to_exitcode(status), "seen": seen.decode().replace("\r\n", "\n")},
        }
    )
)
