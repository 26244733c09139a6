#!/bin/sh
for _ in 1 2 3 4 5 6 7 8 9 10; do
    if curl -fsS http://localhost:8080/healthz; then exit 0; fi
    sleep 0.5
done
journalctl -u greeter -n 20
exit 1
