"""Runs the program behind a proxy, on an "instance" with a role, and prints what was said to the proxy and what to the
metadata service. Argument: the program.
"""
import json
import os
import subprocess
import sys
import tempfile

from servers import Handler, serve

asked = {"proxy": [], "metadata": []}


class Metadata(Handler):
    def do_PUT(self):
        asked["metadata"].append("PUT " + self.path)
        self.answer("TOKEN")

    def do_GET(self):
        asked["metadata"].append("GET " + self.path)
        keys = {"AccessKeyId": "INSTANCE", "SecretAccessKey": "S", "Token": "T", "Expiration": "2099-01-01T00:00:00Z"}
        self.answer("my-role" if self.path.endswith("/") else json.dumps(keys))


class Proxy(Handler):
    def do_POST(self):
        asked["proxy"].append("POST " + self.path)
        self.answer_caller()


kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and "proxy" not in name.lower()}
proxy = f"http://127.0.0.1:{serve(Proxy)}"
environment = {
    **kept,
    "HOME": tempfile.mkdtemp(),
    "http_proxy": proxy,
    "https_proxy": proxy,
    "all_proxy": proxy,
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://sts.invalid",
    "AWS_METADATA_SERVICE_TIMEOUT": "20",  # a second is little on a busy machine
    # The machine itself, by an address that is not a loopback one: those go past every proxy anyway.
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://0.0.0.0:{serve(Metadata)}",
}
script = "print(aws.sts.get_caller_identity {}.Arn)"
done = subprocess.run([sys.argv[1], "-e", script], env=environment, capture_output=True, text=True, timeout=240)
print(json.dumps({"output": done.stdout.strip(), "error": done.stderr, **asked}))
