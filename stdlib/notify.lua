--- Topics, subscriptions, and rules that tell people what a pipeline does.
--
--   local topic = notify.topic { name = "releases", subscribers = { { protocol = "email", endpoint = "team@example.com" } } }
--   notify.rule { name = "demo", topic = topic, pipeline = "demo-pipeline" }

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local notify = module("notify", {})

-- What a notification rule on a pipeline reports when the script names nothing else.
notify.pipeline_events = {
  "codepipeline-pipeline-pipeline-execution-failed",
  "codepipeline-pipeline-pipeline-execution-succeeded",
  "codepipeline-pipeline-manual-approval-needed",
}

local sid = "awscicd-notifications"

-- Puts our statement into a policy document, in the place of an earlier one of ours; the others stay.
local function with_statement(document, statement)
  document = document or { Version = "2012-10-17", Statement = {} }
  local others = document.Statement
  if others.Effect then others = { others } end  -- a single statement need not be a list
  local statements = list.filter(others, function(one) return one.Sid ~= statement.Sid end)
  statements[#statements + 1] = statement
  document.Statement = statements
  return json.encode(document)
end

local function subscribe(topic, subscriber)
  options_of.check("notify.topic, subscribers", subscriber, { protocol = "!string", endpoint = "!string" })
  local present = list.find(notify.subscriptions(topic), function(one)
    return one.protocol == subscriber.protocol and one.endpoint == subscriber.endpoint
  end)
  if not present then
    aws.sns.subscribe { TopicArn = topic, Protocol = subscriber.protocol, Endpoint = subscriber.endpoint }
  end
end

-- A topic that AWS's services may publish to, created or brought up to date; other statements of its policy stay. Options:
-- name, publishers (services, { "codestar-notifications" }; "cloudwatch" and "events" for alarms and rules), subscribers = {
-- { protocol = "email", endpoint = } }, tags. Returns its ARN.
function notify.topic(options)
  options = options_of.check("notify.topic", options, {
    name = "!string", publishers = "list", subscribers = "list", tags = "table",
  })
  local topic = aws.sns.create_topic { Name = options.name, Tags = options.tags and tags.upper(options.tags) }.TopicArn
  local present = aws.sns.get_topic_attributes { TopicArn = topic }.Attributes.Policy
  aws.sns.set_topic_attributes {
    TopicArn = topic, AttributeName = "Policy",
    AttributeValue = with_statement(present and json.decode(present), {
      Sid = sid, Effect = "Allow", Action = "sns:Publish", Resource = topic,
      Principal = {
        Service = list.map(options.publishers or { "codestar-notifications" }, function(service)
          return service .. ".amazonaws.com"
        end),
      },
    }),
  }
  for _, subscriber in ipairs(options.subscribers or {}) do subscribe(topic, subscriber) end
  return topic
end

-- The subscriptions of a topic (its ARN): { { arn, protocol, endpoint, confirmed } }; one that waits for its owner's
-- confirmation has no ARN yet.
function notify.subscriptions(topic)
  local found = {}
  for page in aws.sns.pages.list_subscriptions_by_topic { TopicArn = topic } do
    for _, one in ipairs(page.Subscriptions) do
      local confirmed = one.SubscriptionArn:sub(1, 4) == "arn:"
      found[#found + 1] = {
        arn = confirmed and one.SubscriptionArn or nil, protocol = one.Protocol, endpoint = one.Endpoint, confirmed = confirmed,
      }
    end
  end
  return found
end

-- Tells a topic's subscribers something. Options: subject (of e-mails, 100 characters at most). Returns the message's id.
function notify.publish(topic, message, options)
  options = options_of.check("notify.publish", options, { subject = "string" })
  return aws.sns.publish { TopicArn = topic, Message = message, Subject = options.subject }.MessageId
end

-- A queue (SQS) that a topic's messages go to, for scripts that wait for what happens. Options: name, topic (ARN), tags.
-- Returns it: queue:receive(), queue:delete().
function notify.queue(options) return require "awscicd.notify.queue"(options) end

-- The rule of a name on a resource, in full, or nil.
local function find_rule(resource, name)
  return list.find(notify.rules(resource), function(rule) return rule.Name == name end)
end

-- A notification rule, created or changed. Options: name, topic (ARN), pipeline (name) or resource (ARN of a pipeline,
-- repository, project or application), events (notify.pipeline_events), detail ("FULL" or "BASIC"), tags. Returns its ARN.
function notify.rule(options)
  options = options_of.check("notify.rule", options, {
    name = "!string", topic = "!string", pipeline = "string", resource = "string", events = "list",
    detail = { "FULL", "BASIC" }, tags = "table",
  })
  if not (options.pipeline or options.resource) then error("notify.rule: give pipeline or resource", 2) end
  local resource = options.resource or arn.of("codepipeline", options.pipeline)
  local existing = find_rule(resource, options.name)
  local settings = {
    Name = options.name, DetailType = options.detail or "FULL", EventTypeIds = options.events or notify.pipeline_events,
    Targets = { { TargetType = "SNS", TargetAddress = options.topic } }, Status = "ENABLED",
  }
  if existing then
    settings.Arn = existing.Arn
    aws.codestar_notifications.update_notification_rule(settings)
    return existing.Arn
  end
  settings.Resource, settings.Tags = resource, options.tags
  return aws.codestar_notifications.create_notification_rule(settings).Arn
end

-- The notification rules on a resource (ARN), as the service describes them: { { Arn, Name, EventTypes, Targets } }.
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
