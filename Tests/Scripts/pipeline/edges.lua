-- Needs: the local cloud
-- What happens at the edges of a stage: a failed one runs again or goes back by itself, one that succeeded is judged.
local check, delivery = require "check", require "delivery"
local poll = require "awscicd.support.poll"

local made = delivery.make "edges"
local function page(text)
  return source.commit {
    repository = made.repository, files = { ["index.html"] = text }, message = text,
    author = { name = "Ann", email = "a@example.com" },
  }
end
local function define(name, build_stage, variables)
  local release = pipeline.define {
    name = name, role = made.role, artifacts = made.bucket, variables = variables,
    pipeline.stage "Source" { source.codecommit { name = "Repo", repository = made.repository, output = "Src", poll = false } },
    pipeline.stage "Build" {
      build.codebuild { name = "Unit", project = made.project, input = "Src" },
      on_failure = build_stage.on_failure, on_success = build_stage.on_success,
    },
  }
  release:apply { quiet = true }
  return release
end
local function rollback_of(release)
  return poll.until_some(function()
    local newest = release:history(1)[1]
    return newest.executionType == "ROLLBACK" and release:follow { execution = newest.pipelineExecutionId } or nil
  end, { what = "the rollback", timeout = 240 })
end

-- RETRY: the first build is stopped; the second one, in the same execution, passes.
local role = made.name .. "-build-role"
build.project { name = made.project, role = role, buildspec = "version: 0.2\nphases:\n  build:\n    commands: [sleep 600]\n" }
local again = define("edges-retry", { on_failure = { result = "RETRY", retry = "FAILED_ACTIONS" } })
check.equal(again:diff(), {})
local run = again:follow()
local first = poll.until_some(function()
  local action = run:actions()[2]
  return action and action.external_id and build.get(action.external_id):describe().currentPhase == "BUILD" and action or nil
end, { what = "the first build", timeout = 240 })
build.project { name = made.project, role = role }
build.get(first.external_id):stop()
check.equal(run:wait({ timeout = 240 }).status, "Succeeded")
local actions = run:actions()
check.equal({ #actions, actions[2].status, actions[3].status }, { 3, "Failed", "Succeeded" })

-- ROLLBACK: a page that does not pass; the stage goes back to the commit that did.
local back = define("edges-back", { on_failure = "ROLLBACK" })
check.equal(back:diff(), {})
local good = back:follow()
check.equal(good:wait({ timeout = 240 }).status, "Succeeded")
page "broken\n"
local bad = back:start()
check.fails(function() bad:wait { timeout = 240 } end, "action Unit: Failed")
local rollback = rollback_of(back)
local done = rollback:wait { timeout = 240 }
check.equal({ done.status, done.rollbackMetadata.rollbackTargetPipelineExecutionId }, { "Succeeded", good.id })
check.equal(done.artifactRevisions[1].revisionId, made.commit)

-- on_success with ROLLBACK: the stage passed, its rule did not.
page "v2\n"
local judged = define("edges-judged", { on_success = {
  result = "ROLLBACK", rules = { pipeline.rules.variable { name = "Wanted", variable = "#{variables.KEEP}", value = "yes" } },
} }, { KEEP = "yes" })
check.equal(judged:diff(), {})
local kept = judged:follow()
check.equal(kept:wait({ timeout = 240 }).status, "Succeeded")
local dropped = judged:start { variables = { KEEP = "no" } }
check.fails(function() dropped:wait { timeout = 240 } end, "rule Wanted: Failed")
done = rollback_of(judged):wait { timeout = 240 }
check.equal({ done.status, done.rollbackMetadata.rollbackTargetPipelineExecutionId }, { "Succeeded", kept.id })

-- A start with an older commit delivers that commit.
local older = judged:start { revisions = { Repo = made.commit } }
done = older:wait { timeout = 240 }
check.equal({ done.status, done.artifactRevisions[1].revisionId }, { "Succeeded", made.commit })
check.fails(function() judged:start { revisions = { Repo = ("0"):rep(40) } }:wait { timeout = 240 } end, ("0"):rep(40))
