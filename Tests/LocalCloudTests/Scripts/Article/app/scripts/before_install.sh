#!/bin/bash
set -e
mkdir -p /var/www/html
