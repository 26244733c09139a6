-- Needs: the local cloud
-- What a request carries: who and what, with the changed files and their difference, alarms and ages.
local check, gated = require "check", require "gated"

local made = gated.make "request"
local release = gated.pipeline(made, "request", { variables = { RING = "beta" } })

local function ask(run)
  local seen
  run:decide("Approval", function(request)
    seen = request
    return gate.approve("seen")
  end)
  run:wait()
  return seen
end

-- The first: everything is new.
local first = release:follow()
local request = ask(first)
check.equal({ request.pipeline, request.stage, request.action, request.execution.id },
  { "request", "Approval", "Ask", first.id })
check.equal(request.commit.id, source.head(made.repository, "main"))
check.equal({ request.message, request.author, request.commit.email }, { "First page", "Ann", "ann@example.com" })
check.equal(request.previous_commit, false)
check.equal(#request.changes, 2)
check.equal(request.changes[1].change, "A")
check.equal(request.custom_data, "Được không?")
check.equal(request.url, "https://example.com/notes")
check.equal(request.variables, { RING = "beta" })
check.has(request.trigger.triggerType, "CreatePipeline")
check.yes(request.age >= 0 and request.age < 600 and request.commit_age >= 0)
check.equal(request.tests.total, 0)
check.equal(request.alarms, {})
check.equal(request.actions[1].action, "Repo")
check.has(check.fails(function() return request.comit end), 'no "comit" (did you mean "commit"?)')

-- The next: only what differs from what passed before, although two commits came between.
source.commit { repository = made.repository, files = { ["logo.png"] = "\0\1\2" }, message = "Logo" }
source.commit {
  repository = made.repository, files = { ["index.html"] = "v2\n" }, delete = { "docs/how.md" }, message = "Second page",
}
aws.cloudwatch.put_metric_alarm {
  AlarmName = "request-5xx", Namespace = "Test", MetricName = "Errors", Statistic = "Sum", Period = 60, EvaluationPeriods = 1,
  Threshold = 1, ComparisonOperator = "GreaterThanThreshold",
}
aws.cloudwatch.set_alarm_state { AlarmName = "request-5xx", StateValue = "ALARM", StateReason = "set by the test" }
local second = release:start { variables = { RING = "all" } }
request = ask(second)
check.equal(request.variables.RING, "all")
check.equal(request.alarms, { "request-5xx" })
local found = {}
for _, change in ipairs(request.changes) do found[change.path] = change end
check.equal(found["logo.png"].binary(), true)
check.equal({ found["index.html"].lines() }, { 2, 1, 1 })
check.equal(found["index.html"].before(), "v1\n")
check.equal(found["index.html"].difference(), table.concat({
  "--- a/index.html", "+++ b/index.html", "@@ -1 +1 @@", "-v1", "+v2", "",
}, "\n"))
check.equal(found["docs/how.md"].change, "D")

-- The helpers read the same request.
local function asked(one) return gate.ask(one, request).kind end
check.equal(asked(gate.change_at_most { files = 3 }), "approve")
check.equal(asked(gate.change_at_most { files = 2 }), "hold")
check.equal(asked(gate.change_at_most { lines = 100 }), "hold", "a binary file has no lines:")
check.equal(asked(gate.change_at_most { paths = { "^index%.html$" } }), "hold")
check.equal(asked(gate.alarms_quiet { "request-5xx" }), "wait")
check.equal(asked(gate.alarms_quiet { "request-5xx", "no-such-alarm" }), "wait")
check.equal(asked(gate.alarms_quiet { "no-such-alarm" }), "hold")
aws.cloudwatch.set_alarm_state { AlarmName = "request-5xx", StateValue = "OK", StateReason = "set by the test" }
check.equal(asked(gate.alarms_quiet { "request-5xx" }), "approve")
local quiet = gate.ask(gate.alarms_quiet { "request-5xx", minutes = 10 }, request)
check.equal(quiet.kind, "wait")
check.yes(quiet.seconds > 500 and quiet.seconds <= 600)
check.fails(function() gate.alarms_quiet { "request-5xx", minuts = 10 } end, 'no option "minuts" (did you mean "minutes"?)')
