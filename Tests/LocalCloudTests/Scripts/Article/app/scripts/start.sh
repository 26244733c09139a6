#!/bin/bash
set -e
systemctl start httpd
