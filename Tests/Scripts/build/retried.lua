-- Needs: the local cloud
-- Test reports of a stage that ran again: only the last build of each action counts. And of a batch: each of its builds.
local check, delivery = require "check", require "delivery"

local function spec(result)
  return ([[
version: 0.2
batch:
  fast-fail: false
  build-list:
    - identifier: one
    - identifier: two
phases:
  build:
    commands:
      - printf '%%s' '<testsuite name="unit"><testcase classname="site" name="title">%s</testcase></testsuite>' > unit.xml
      - %s
reports:
  unit:
    files: [unit.xml]
artifacts:
  files: [index.html]
]]):format(result == "pass" and "" or '<failure message="no title"/>', result == "pass" and "true" or "exit 3")
end

local made = delivery.make("retried", { buildspec = spec "fail" })
local release = delivery.pipeline(made, { approval = false })
release:apply { quiet = true }
local run = release:follow()
check.fails(function() run:wait() end, "Unit: Failed")
local tests = build.tests { pipeline = run.pipeline, id = run.id }
check.equal({ tests.total, tests.failed, #tests.failing }, { 1, 1, 1 })

-- The project's own buildspec takes the place of the file that fails; the stage runs again in the same execution.
build.project { name = made.project, role = "retried-build-role", buildspec = spec "pass" }
check.equal(release:retry("Build").id, run.id)
run:wait()
check.equal(#run:actions(), 3)
tests = build.tests { pipeline = run.pipeline, id = run.id }
check.equal({ tests.total, tests.passed, tests.failed, #tests.failing }, { 1, 1, 0, 0 })

-- As a batch: both of its builds report, also the one that fails afterwards.
local of_batch = spec("pass"):gsub("%- true", '- test "$CODEBUILD_BATCH_BUILD_IDENTIFIER" = one')
roles.ensure {
  name = "retried-build-role", service = "codebuild",
  allow = roles.codebuild { project = made.project, bucket = made.bucket, reports = true, batch = true },
}
roles.ensure {
  name = "retried-pipeline-role", service = "codepipeline",
  allow = roles.codepipeline { bucket = made.bucket, repositories = { made.repository }, batches = { made.project } },
}
build.project { name = made.project, role = "retried-build-role", buildspec = of_batch, batch = true }
release = delivery.pipeline(made, { approval = false, build = { batch = true } })
release:apply { quiet = true }
run = release:start()
check.fails(function() run:wait() end, "Unit: Failed")
tests = build.tests { pipeline = run.pipeline, id = run.id }
check.equal({ tests.total, tests.passed, #tests.reports }, { 2, 2, 2 })
