-- Needs: the local cloud
-- A push starts a pipeline through its rule; a bucket's object is a source too.
local check, delivery = require "check", require "delivery"

local made = delivery.make "starts"
local release = delivery.pipeline(made, { approval = false })
release:apply { quiet = true }
release:follow():wait()
local events = roles.ensure { name = "starts-events", service = "events", allow = roles.pipeline_start(release.name) }
local rule = { name = "starts-push", repository = made.repository, pipeline = release.name, role = events }
check.equal(source.trigger(rule), source.trigger(rule), "the same rule again")

local run = release:follow { trigger = source.push("index.html", { from = "v1", to = "v2" }), timeout = 240 }
run:wait()
local described = run:describe()
check.equal(described.artifactRevisions[1].revisionId, source.head(made.repository, "main"))
check.has(described.trigger.triggerType, "CloudWatchEvent")

check.has(source.schedule { name = "starts-nightly", when = "cron(0 3 * * ? *)", pipeline = release.name, role = events },
  "rule/starts-nightly")
check.fails(function() source.schedule { name = "x", when = "every night", pipeline = "p", role = events } end,
  "it is rate(...) or cron(...)")
