"""Runs the program in a "container": what it sends to the address that containers have their credentials from is led to
loopback, and nothing leaves the machine. Prints what was asked there and at the proxy. Argument: the program.
"""
import json
import os
import subprocess
import sys
import tempfile

from servers import Handler, serve

asked = {"container": [], "proxy": []}


class Container(Handler):
    def do_GET(self):
        asked["container"].append([self.headers["Host"], self.path, self.headers["Authorization"]])
        keys = {"AccessKeyId": "TASK", "SecretAccessKey": "S", "Token": "T", "Expiration": "2099-01-01T00:00:00Z"}
        self.answer(json.dumps(keys))


class Proxy(Handler):
    def do_GET(self):
        asked["proxy"].append(self.path)
        self.send_error(403)

    def do_POST(self):
        asked["proxy"].append(self.path)
        self.answer_caller()


# Every address but loopback ones is refused; the container's is the test's server.
LEAD = """
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
typedef int connecting(int, const struct sockaddr *, socklen_t);
int connect(int socket, const struct sockaddr *address, socklen_t length) {
    connecting *real = (connecting *)dlsym(RTLD_NEXT, "connect");
    struct sockaddr_in internet;
    if (address->sa_family != AF_INET) return real(socket, address, length);
    internet = *(const struct sockaddr_in *)address;
    if (internet.sin_addr.s_addr == inet_addr("169.254.170.2") && internet.sin_port == htons(80)) {
        internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        internet.sin_port = htons(PORT);
    } else if (ntohl(internet.sin_addr.s_addr) >> 24 != 127) {
        errno = ENETUNREACH;
        return -1;
    }
    return real(socket, (struct sockaddr *)&internet, sizeof internet);
}
"""

home = tempfile.mkdtemp()
with open(f"{home}/lead.c", "w") as source:
    source.write(LEAD.replace("PORT", str(serve(Container))))
subprocess.run(["clang", "-shared", "-fPIC", "-o", f"{home}/lead.so", f"{home}/lead.c", "-ldl"], check=True)
kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and "proxy" not in name.lower()}
proxy = f"http://127.0.0.1:{serve(Proxy)}"
environment = {
    **kept,
    "LD_PRELOAD": f"{home}/lead.so",
    "HOME": home,
    "http_proxy": proxy,
    "https_proxy": proxy,
    "all_proxy": proxy,
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL": "http://sts.invalid",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/4711?a=b",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "task token",
}
script = "print(aws.sts.get_caller_identity {}.Arn)"
done = subprocess.run([sys.argv[1], "-e", script], env=environment, capture_output=True, text=True, timeout=240)
print(json.dumps({"output": done.stdout.strip(), "error": done.stderr, **asked}))
