-- Needs: the local cloud
-- Builds followed with their log as it comes, their phases, reports as data, what went wrong, a stop and a second try.
local check = require "check"
local poll = require "awscicd.support.poll"

local role = roles.ensure {
  name = "follow-role", service = "codebuild",
  allow = roles.codebuild { project = "follow", bucket = "unused", reports = true },
}
local function project(buildspec, options)
  local settings = { name = "follow", role = role, buildspec = buildspec, source = { type = "NO_SOURCE", buildspec = buildspec },
    artifacts = { type = "NO_ARTIFACTS" }, environment = { MODE = "ci" } }
  for key, value in pairs(options or {}) do settings[key] = value end
  return build.project(settings)
end

local spec = [[
version: 0.2
phases:
  build:
    commands:
      - echo "mode is $MODE"
      - for i in 1 2 3; do echo "line $i"; [ $i -gt 1 ] || sleep 5; done
      - |
        printf '%s' '<testsuite name="unit" tests="3" failures="1"><testcase classname="site" name="title" time="0.5"/>
        <testcase classname="site" name="links" time="0.25"><failure message="a link is dead">at line 7</failure></testcase>
        <testcase classname="site" name="slow"><skipped/></testcase></testsuite>' > report.xml
reports:
  unit:
    files: [report.xml]
]]
project(spec)
local one = build.start("follow", { environment = { MODE = "by hand" } })
local lines, phases, seen_running = {}, {}, false
local done = one:follow {
  on_line = function(line)
    lines[#lines + 1] = line
    if line == "line 1" then seen_running = one:describe().buildStatus == "IN_PROGRESS" end
  end,
  on_phase = function(name, status) phases[#phases + 1] = name .. " " .. status end,
}
check.equal(done.buildStatus, "SUCCEEDED")
check.has(table.concat(lines, "\n"), "mode is by hand", "line 1\nline 2\nline 3")
check.yes(seen_running, "the log came while the build ran:")
check.has(table.concat(phases, ", "), "BUILD SUCCEEDED", "COMPLETED")
check.has(table.concat(one:log(), "\n"), "line 3")

-- Its reports as data.
local tests = one:tests()
check.equal({ tests.total, tests.passed, tests.failed, tests.skipped }, { 3, 1, 1, 1 })
check.equal(#tests.failing, 1)
check.equal(tests.failing[1].name, "links")
check.has(tests.failing[1].message, "a link is dead")
check.equal(tests.reports[1].status, "FAILED")

-- One that fails: phase, reason and the end of its own log.
project "version: 0.2\nphases:\n  build:\n    commands:\n      - echo 'no disk' >&2\n      - exit 4\n"
local two = build.start "follow"
check.fails(function() two:follow() end, "FAILED in BUILD", "COMMAND_EXECUTION_ERROR", "exit status 4", "no disk")
check.equal(two:follow({ raise = false }).buildStatus, "FAILED")
check.equal(two:retry():follow({ raise = false }).buildStatus, "FAILED")
check.equal(#build.history "follow", 3)
check.equal(build.get(two:describe().arn).id, two.id)

-- One that is stopped.
local three = build.start("follow", {
  buildspec = "version: 0.2\nphases:\n  build:\n    commands:\n      - sleep 600\n",
})
poll.until_some(function() return three:describe().currentPhase == "BUILD" end, { what = "the phase BUILD", timeout = 240 })
three:stop()
check.equal(three:follow({ raise = false, timeout = 240 }).buildStatus, "STOPPED")
check.fails(function() build.get("follow:none"):describe() end, "does not exist")
check.fails(function() build.project { name = "x" } end, "role is missing", "follow.lua:")

-- What is not there is an error, and never "no test failed".
check.fails(function() build.tests "follow:11111111-2222-3333-4444-555555555555" end, "there is no build follow:11111111")
