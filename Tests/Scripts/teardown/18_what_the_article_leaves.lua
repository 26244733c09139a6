-- Needs: the local cloud
-- The article's own clean-up leaves the notification rule and its topic, the CodeArtifact domain, the earlier pipeline,
-- the builds' log groups and the trigger's EventBridge rule. The audit names them all, and the teardown takes them down.
local check, fixtures = require "check", require "fixtures"
local series = require "series"

local names = series.names "awscicd"
artifacts.bucket { name = names.bucket }
artifacts.packages { domain = names.domain, repository = names.packages }
artifacts.packages { domain = "somebody-elses", repository = names.packages }
local topic = notify.topic { name = names.topic }
source.repository { name = names.repository }
source.commit { repository = names.repository, files = { ["index.html"] = "v1" } }
roles.ensure {
  name = names.roles.build, service = "codebuild", allow = { roles.logs("/aws/codebuild/" .. names.project) },
}
roles.ensure {
  name = names.roles.pipeline, service = "codepipeline", allow = roles.codepipeline {
    bucket = names.bucket, repositories = { names.repository }, projects = { names.project },
  },
}
local events = roles.ensure {
  name = names.roles.events, service = "events", allow = roles.pipeline_start "awscicd-pipeline",
}
build.project {
  name = names.project, role = roles.arn(names.roles.build),
  source = { type = "NO_SOURCE", buildspec = "version: 0.2\nphases:\n  build:\n    commands: [echo built]\n" },
  artifacts = { type = "NO_ARTIFACTS" },
}
build.start(names.project):follow()
pipeline.define {
  name = "awscicd-pipeline", role = names.roles.pipeline, artifacts = names.bucket,
  pipeline.stage "Source" { source.codecommit { repository = names.repository, output = "Src", poll = false } },
  pipeline.stage "Build" { build.codebuild { project = names.project, input = "Src", output = "Built" } },
}:apply()
source.trigger {
  name = names.trigger, repository = names.repository, pipeline = "awscicd-pipeline", role = events.arn,
}
notify.rule { name = names.notification, topic = topic, pipeline = "awscicd-pipeline" }
aws.logs.create_log_group { logGroupName = "/aws/codebuild/somebody-elses" }

-- What the article deletes of these.
aws.codebuild.delete_project { name = names.project }
aws.codecommit.delete_repository { repositoryName = names.repository }
for _, role in ipairs { names.roles.build, names.roles.pipeline, names.roles.events } do
  aws.iam.delete_role_policy { RoleName = role, PolicyName = "awscicd" }
  aws.iam.delete_role { RoleName = role }
end

local left = teardown.audit(series.scope(names))
check.equal(fixtures.labels(left), table.concat({
  "event_rule awscicd-cap-trigger", "log_group /aws/codebuild/awscicd-demo-build",
  "notification_rule awscicd-cap-notifications", "package_domain awscicd", "package_repository awscicd/demo-repo",
  "pipeline awscicd-pipeline", "s3_bucket " .. names.bucket, "topic awscicd-cap-topic",
}, ", "))

local plan = teardown.plan(series.scope(names))
local report = plan:run { yes = true, timeout = 600 }
check.yes(teardown.clean(report), tostring(report))
check.equal(#aws.codeartifact.list_domains {}.domains, 1)
check.equal(#aws.logs.describe_log_groups {}.logGroups, 1)
