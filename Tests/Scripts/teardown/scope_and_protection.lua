-- Needs: the local cloud
-- What is in scope and what is not: similar names of others, what belongs to a project, and what a tag protects.
local check, fixtures = require "check", require "fixtures"

-- A project's own log group and report groups, and not those of a project whose name begins the same.
local role = fixtures.role("other-role", "codebuild")
for _, name in ipairs { "shop", "shop-api" } do
  build.project {
    name = name, role = role, source = { type = "NO_SOURCE", buildspec = "version: 0.2" },
    artifacts = { type = "NO_ARTIFACTS" },
  }
  aws.logs.create_log_group { logGroupName = "/aws/codebuild/" .. name }
  aws.codebuild.create_report_group {
    name = name .. "-tests", type = "TEST", exportConfig = { exportConfigType = "NO_EXPORT" },
  }
end
local plan = teardown.plan { names = { build_project = { "shop" } } }
check.equal(fixtures.labels(plan.resources),
  "build_project shop, log_group /aws/codebuild/shop, report_group shop-tests")

-- A package repository of the same name in somebody else's domain.
artifacts.packages { domain = "case-domain", repository = "packages" }
artifacts.packages { domain = "others", repository = "packages" }
plan = teardown.plan { names = { package_domain = "case-domain" } }
check.equal(fixtures.labels(plan.resources), "package_domain case-domain, package_repository case-domain/packages")

-- A tag protects every kind that can have one, also where the service's listing does not tell tags.
local tag = { [teardown.protection_tag] = "yes" }
roles.ensure { name = "case-role", service = "ec2", tags = tag }
notify.topic { name = "case-topic", tags = tag }
secrets.parameter { name = "case-parameter", value = "v", tags = tag }
secrets.secret { name = "case-secret", value = "v", tags = tag }
artifacts.bucket { name = "case-bucket-protected", tags = tag }
source.repository { name = "case-repository", tags = tag }
aws.logs.create_log_group { logGroupName = "case-logs", tags = tag }
aws.logs.create_log_group { logGroupName = "case-logs-free" }
deploy.application { name = "case-application", tags = tag }
aws.events.put_rule {
  Name = "case-rule", EventPattern = '{"source":["aws.codecommit"]}', Tags = { { Key = teardown.protection_tag, Value = "" } },
}
aws.cloudwatch.put_metric_alarm {
  AlarmName = "case-alarm", Namespace = "n", MetricName = "m", Statistic = "Sum", Period = 60, EvaluationPeriods = 1,
  Threshold = 1, ComparisonOperator = "GreaterThanThreshold", Tags = { { Key = teardown.protection_tag, Value = "" } },
}
local report = fixtures.take_down "case-"
check.equal(fixtures.labels(report.protected), table.concat({
  "alarm case-alarm", "deployment_application case-application", "event_rule case-rule", "log_group case-logs",
  "parameter case-parameter", "repository case-repository", "role case-role", "s3_bucket case-bucket-protected",
  "secret case-secret", "topic case-topic",
}, ", "))
check.has(fixtures.labels(report.gone), "log_group case-logs-free")
check.yes(teardown.clean(report))
check.has(tostring(report), "audit: nothing is left but what is protected (10)")

-- A prefix is also the beginning of another one's names; the tag of the owner tells them apart. What services made goes with
-- its maker: the reports of a project, the copy of a group.
local place, theirs = fixtures.subnets(), { project = "own-api" }
local template = fleet.launch_template { name = "own-api-lt", image = fleet.amazon_linux(), tags = theirs }
fleet.auto_scaling_group {
  name = "CodeDeploy_own-api-dg_d-0ABC123", template = template.id, subnets = place.subnets, size = 0, tags = theirs,
}
build.project {
  name = "own-api-build", role = role, source = { type = "NO_SOURCE", buildspec = "version: 0.2" },
  artifacts = { type = "NO_ARTIFACTS" }, tags = theirs,
}
aws.codebuild.create_report_group {
  name = "own-api-build-tests", type = "TEST", exportConfig = { exportConfigType = "NO_EXPORT" },
}
aws.logs.create_log_group { logGroupName = "/aws/codebuild/own-api-build" }
aws.logs.create_log_group { logGroupName = "/aws/codebuild/own-gone-build" }
notify.topic { name = "own-topic", tags = { project = "own" } }
notify.topic { name = "own-api-topic", tags = theirs }
aws.logs.create_log_group { logGroupName = "own-logs" }
local own = { prefixes = { "own-" }, owner = { project = "own" } }
plan = teardown.plan(own)
check.equal(fixtures.labels(plan.resources), "log_group /aws/codebuild/own-gone-build, log_group own-logs, topic own-topic")
own.only = { "report_group" }
check.equal(fixtures.labels(teardown.plan(own).resources), "")
own.only = { "log_group" }
check.equal(fixtures.labels(teardown.plan(own).resources), "log_group /aws/codebuild/own-gone-build, log_group own-logs")
own.only, own.names = nil, { topic = "own-api-topic" }
check.has(fixtures.labels(teardown.plan(own).resources), "topic own-api-topic")  -- what is named is wanted
check.equal(#teardown.plan({ prefixes = { "own-" } }).resources, 9)

-- By tag: every kind's tags are read, and only what has the value goes.
secrets.parameter { name = "by-tag", value = "v", tags = { run = "7" } }
notify.topic { name = "by-tag", tags = { run = "7" } }
notify.topic { name = "by-tag-other", tags = { run = "8" } }
aws.logs.create_log_group { logGroupName = "by-tag", tags = { run = "7" } }
plan = teardown.plan { tag = { run = "7" } }
check.equal(fixtures.labels(plan.resources), "log_group by-tag, parameter by-tag, topic by-tag")

-- Tags that cannot be read may protect: such a resource stays.
plan = teardown.plan { names = { topic = "by-tag" } }
check.equal(plan:count(), 1)
aws.iam.create_user { UserName = "reader" }
local key = aws.iam.create_access_key { UserName = "reader" }.AccessKey
aws.iam.put_user_policy {
  UserName = "reader", PolicyName = "p", PolicyDocument = json.encode {
    Version = "2012-10-17",
    Statement = { { Effect = "Allow", Action = { "sns:ListTopics", "sns:DeleteTopic" }, Resource = "*" } },
  },
}
local result = process.run {
  script.env "AWSCICD_RUN", "-e", [[
    local plan = teardown.plan { names = { topic = "by-tag" }, only = { "topic" } }
    print(tostring(plan))
    print(tostring(plan:run { yes = true }))
  ]],
  env = { AWS_ACCESS_KEY_ID = key.AccessKeyId, AWS_SECRET_ACCESS_KEY = key.SecretAccessKey },
}
check.has(result.stdout, "protected: its tags, which may protect it, could not be read", "sns:ListTagsForResource", "0 deleted")

-- What would protect nothing, or find nothing, by mistake is an error.
local mistakes = {
  { { prefixes = "case-" }, "prefixes is a string; it has to be list" },
  { { prefixes = { "case-" }, protect = "prod" }, "protect is a string; it has to be list" },
  { { prefixes = { "case-" }, protects = { "prod" } }, 'no option "protects" (did you mean "protect"?)' },
  { { prefixes = { "case-", 5 } }, "prefixes holds a number" },
  { { prefixes = { "case-" }, only = {} }, "only names no kind" },
  { { prefixes = { "case-" }, only = { "rolle" } }, 'only names the kind "rolle", which is not known (did you mean "role"?)' },
  { { names = { rolle = "x" } }, 'names of the kind "rolle", which is not known (did you mean "role"?)' },
  { { tag = "project=case" }, "tag is a string; it has to be table" },
}
for _, one in ipairs(mistakes) do
  check.fails(function() teardown.plan(one[1]) end, one[2])
  check.fails(function() teardown.audit(one[1]) end, one[2])
end
local harmless = teardown.plan { prefixes = { "no-such-" } }
check.fails(function() harmless:run { yess = true } end, 'no option "yess" (did you mean "yes"?)')
check.fails(function() harmless:run { parallel = 0 } end, "parallel is 0; it has to be a number above zero")
