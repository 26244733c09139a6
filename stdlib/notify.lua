--- Topics, subscriptions, and rules that tell people what a pipeline does.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local notify = {}

-- What a notification rule on a pipeline reports when the script names nothing else.
notify.pipeline_events = {
  "codepipeline-pipeline-pipeline-execution-failed",
  "codepipeline-pipeline-pipeline-execution-succeeded",
  "codepipeline-pipeline-manual-approval-needed",
}

-- A topic that the developer services may publish to. Options: name, subscribers = { { protocol=, endpoint= } }, tags.
-- Returns its ARN.
function notify.topic(options)
  local name = assert(options.name, "notify.topic: name is missing")
  local topic = aws.sns.create_topic { Name = name, Tags = options.tags and tags.upper(options.tags) }.TopicArn
  aws.sns.set_topic_attributes {
    TopicArn = topic, AttributeName = "Policy",
    AttributeValue = json.encode {
      Version = "2012-10-17",
      Statement = { {
        Sid = "notifications", Effect = "Allow", Principal = { Service = "codestar-notifications.amazonaws.com" },
        Action = "sns:Publish", Resource = topic,
      } },
    },
  }
  for _, subscriber in ipairs(options.subscribers or {}) do
    aws.sns.subscribe { TopicArn = topic, Protocol = subscriber.protocol, Endpoint = subscriber.endpoint }
  end
  return topic
end

-- A notification rule, created or changed. Options: name, topic (ARN), pipeline (name) or resource (ARN), events, tags.
function notify.rule(options)
  local name = assert(options.name, "notify.rule: name is missing")
  local resource = options.resource or arn.of("codepipeline", assert(options.pipeline, "notify.rule: pipeline is missing"))
  local existing = list.find(notify.rules(resource), function(rule) return rule.Name == name end)
  local settings = {
    Name = name, DetailType = options.detail or "FULL", EventTypeIds = options.events or notify.pipeline_events,
    Targets = { { TargetType = "SNS", TargetAddress = assert(options.topic, "notify.rule: topic is missing") } },
    Status = "ENABLED",
  }
  if existing then
    settings.Arn = existing.Arn
    aws.codestar_notifications.update_notification_rule(settings)
    return existing.Arn
  end
  settings.Resource, settings.Tags = resource, options.tags
  return aws.codestar_notifications.create_notification_rule(settings).Arn
end

-- The notification rules on a resource: { { Arn=, Name= }, ... }.
function notify.rules(resource)
  local found = {}
  for page in aws.codestar_notifications.pages.list_notification_rules {
    Filters = { { Name = "RESOURCE", Value = resource } },
  } do
    for _, rule in ipairs(page.NotificationRules) do
      found[#found + 1] = aws.codestar_notifications.describe_notification_rule { Arn = rule.Arn }
    end
  end
  return found
end

return notify
