-- The demo application of the series: one page, its tests, its buildspec and its appspec.

local demo_app = {}

function demo_app.page(version)
  return ([[
<!DOCTYPE html>
<html lang="en">
  <head><meta charset="utf-8"><title>awscicd demo</title></head>
  <body><h1>awscicd demo app — %s</h1></body>
</html>
]]):format(version)
end

-- A Python package that the build installs from CodeArtifact.
function demo_app.package(names)
  return artifacts.wheel {
    name = names.package, version = "1.0.0", summary = "The greeting that the demo's tests check",
    files = {
      ["demo_greeting/__init__.py"] = [[
"""What the demo application's page has to say."""

TITLE = "awscicd demo app"
]],
    },
  }
end

local buildspec = [[
version: 0.2
env:
  parameter-store:
    GREETING: {greeting}
    API_KEY: {api_key}
  secrets-manager:
    DB_PASSWORD: {secret}:password
phases:
  install:
    commands:
      - aws codeartifact login --tool pip --domain {domain} --repository {packages}
      # When the index refuses, pip does not say why: the index does.
      - python3 -m pip install --quiet --target vendor {package} ||
        { curl -sS "$(python3 -m pip config get global.index-url){package}/"; exit 1; }
      - python3 -m pytest --version || python3 -m pip install pytest
  pre_build:
    commands:
      - test -f index.html
      - echo "greeting is $GREETING, key is $API_KEY, password is $DB_PASSWORD"
  build:
    commands:
      - PYTHONPATH=vendor python3 -m pytest -q --junitxml=reports/tests.xml tests
  post_build:
    commands:
      - echo "build of $CODEBUILD_RESOLVED_SOURCE_VERSION ended, succeeding = $CODEBUILD_BUILD_SUCCEEDING"
reports:
  tests:
    base-directory: reports
    files:
      - tests.xml
artifacts:
  files:
    - index.html
    - appspec.yml
    - scripts/**/*
]]

local tests = [[
import re
from pathlib import Path

from demo_greeting import TITLE

PAGE = Path("index.html").read_text(encoding="utf-8")


def test_title():
    assert TITLE in PAGE


def test_version():
    assert re.search(r"v\d+", PAGE), "the page names no version"
]]

local appspec = [[
version: 0.0
os: linux
files:
  - source: /index.html
    destination: /var/www/html
permissions:
  - object: /var/www/html
    pattern: "*.html"
    mode: 644
    type:
      - file
hooks:
  BeforeInstall:
    - location: scripts/before_install.sh
      timeout: 60
      runas: root
  ApplicationStart:
    - location: scripts/start.sh
      timeout: 60
      runas: root
  ValidateService:
    - location: scripts/validate.sh
      timeout: 60
      runas: root
]]

-- The page that the instance's own user data wrote would stand in the way of the deployment's.
local before_install = "#!/bin/bash\nset -e\nrm -f /var/www/html/index.html\n"

local start = "#!/bin/bash\nset -e\nsystemctl start httpd\n"

local validate = [[
#!/bin/bash
for _ in $(seq 1 20); do
  if curl -fsS http://localhost/ | grep -q "{expected}"; then exit 0; fi
  sleep 1
done
echo "the page does not say {expected}" >&2
exit 1
]]

-- The files of the repository. `fault` = "test" adds a test that fails, "health" a page that never validates.
function demo_app.files(names, version, fault)
  local function fill(text) return (text:gsub("{([%w_]+)}", names)) end
  local expected = fault == "health" and "a page that is never there" or "awscicd demo app"
  return {
    ["index.html"] = demo_app.page(version),
    ["buildspec.yml"] = fill(buildspec),
    ["appspec.yml"] = appspec,
    ["tests/test_index.py"] = tests .. (fault == "test" and "\n\ndef test_fault():\n    assert 'v0' in PAGE\n" or ""),
    ["scripts/before_install.sh"] = { content = before_install, executable = true },
    ["scripts/start.sh"] = { content = start, executable = true },
    ["scripts/validate.sh"] = { content = (validate:gsub("{expected}", expected)), executable = true },
  }
end

return demo_app
