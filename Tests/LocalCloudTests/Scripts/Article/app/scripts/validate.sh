#!/bin/bash
set -e
curl -fsS http://localhost/ | grep -q "awscicd demo app"
