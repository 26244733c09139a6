-- Needs: the local cloud
-- Queues go, but for protected ones; `only` looks at the named kinds alone; and the last line of the report tells what is
-- left from what was to stay.
local check, fixtures, series_run = require "check", require "fixtures", require "series_run"

local function make()
  local topic = notify.topic { name = "qk-topic" }
  notify.queue { name = "qk-heard", topic = topic }
  notify.queue { name = "qk-kept", topic = topic, tags = { [teardown.protection_tag] = "yes" } }
  aws.sqs.create_queue { QueueName = "other-queue", tags = { team = "qk" } }
  aws.logs.create_log_group { logGroupName = "qk-logs" }
end
make()
check.equal(fixtures.labels(teardown.plan({ tag = { team = "qk" } }).resources), "queue other-queue")

local report = fixtures.take_down "qk-"
check.equal(fixtures.labels(report.gone), "log_group qk-logs, queue qk-heard, topic qk-topic")
check.equal(fixtures.labels(report.protected), "queue qk-kept")
check.has(tostring(report), "audit: nothing is left but what is protected (1)")

-- One fails, one is kept for it, one is protected: two are left.
make()
local order, delete = teardown.order(), teardown.kinds.queue.delete
order.topic.after.queue = "a test wants it so"
teardown.kinds.queue.delete = function(resource)
  if resource.name == "qk-heard" then error("AccessDenied: not you", 0) end
  delete(resource)
end
report = teardown.plan({ prefixes = { "qk-" }, order = order }):run { yes = true }
teardown.kinds.queue.delete = delete
check.has(tostring(report), "audit: 2 left (1 failed, 1 kept), 1 protected")

-- By the script: only the kinds that are named are looked at, and a misspelt one is an error before anything is.
local wrong = series_run.run "teardown --prefix qk --only log_groups"
check.equal(wrong.status, 2)
check.has(wrong.stderr, "--only: 'log_groups' is not one of", "log_group")
local plan = json.decode(series_run.output "teardown --prefix qk --only topic --only queue --plan --json")
check.equal(plan.count, 2)
local gone = json.decode(series_run.output "teardown --prefix qk --only topic --only queue --yes --json")
check.equal(#gone.gone, 2)
check.equal(#gone.protected, 1)
check.equal(aws.sqs.get_queue_url({ QueueName = "other-queue" }).QueueUrl:match "[^/]+$", "other-queue")

-- For somebody who may not look at another kind, that is the way on: what waited for it is kept at first.
artifacts.bucket { name = "qk-bucket" }
aws.iam.create_user { UserName = "cleaner" }
local key = aws.iam.create_access_key { UserName = "cleaner" }.AccessKey
aws.iam.put_user_policy {
  UserName = "cleaner", PolicyName = "p", PolicyDocument = json.encode {
    Version = "2012-10-17", Statement = { { Effect = "Allow", Action = { "s3:*", "sts:GetCallerIdentity" }, Resource = "*" } },
  },
}
local environment = { env = { AWS_ACCESS_KEY_ID = key.AccessKeyId, AWS_SECRET_ACCESS_KEY = key.SecretAccessKey } }
local refused = series_run.run("teardown --prefix qk --yes", environment)
check.equal(refused.status, 1, refused.all)
check.has(refused.stdout, "kept: bucket qk-bucket: no ", "could be looked at", "with `only`", "not looked at")
local gone_now = series_run.run("teardown --prefix qk --only s3_bucket --yes", environment)
check.equal(gone_now.status, 0, gone_now.all)
check.has(gone_now.stdout, "1 deleted", "audit: nothing is left")
