-- Needs: the local cloud
-- What holds other things: a CodeArtifact domain, a report group, an EventBridge rule with targets.
local check, fixtures = require "check", require "fixtures"

artifacts.packages { domain = "case-domain", repository = "case-packages" }
check.equal(select(2, aws.codeartifact.try.delete_domain { domain = "case-domain" }).code, "ConflictException")
aws.codebuild.create_report_group { name = "case-reports", type = "TEST", exportConfig = { exportConfigType = "NO_EXPORT" } }
local topic = notify.topic { name = "case-topic" }
aws.events.put_rule { Name = "case-rule", EventPattern = '{"source":["aws.codecommit"]}' }
aws.events.put_targets { Rule = "case-rule", Targets = { { Id = "1", Arn = topic } } }
check.yes(select(2, aws.events.try.delete_rule { Name = "case-rule" }))

check.yes(teardown.clean(fixtures.take_down "case-"))
