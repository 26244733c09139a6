"""Relays connections on a port of its own to an endpoint as long as a file exists, and cuts each while it does not: a
network that is down and comes up.

    relay.py ENDPOINT FILE      prints its own endpoint
"""

import os
import socket
import sys
import threading
from urllib.parse import urlsplit


def is_up():
    return os.path.exists(sys.argv[2])


def pump(source, target):
    try:
        while data := source.recv(65536):
            if not is_up():
                source.shutdown(socket.SHUT_RDWR)
                break
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, upstream):
    with client, socket.create_connection(upstream) as server:
        back = threading.Thread(target=pump, args=(server, client))
        back.start()
        pump(client, server)
        back.join()


def main():
    where = urlsplit(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            client, _ = listener.accept()
            if not is_up():
                client.close()
                continue
            threading.Thread(target=serve, args=(client, (where.hostname, where.port)), daemon=True).start()


main()
