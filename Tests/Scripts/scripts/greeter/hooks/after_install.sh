#!/bin/sh
set -e
chmod 600 /opt/greeter/greeter.env
systemctl daemon-reload
