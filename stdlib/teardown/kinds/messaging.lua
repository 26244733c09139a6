-- Topics, queues, notification rules, event rules, alarms.

local arn = require "awscicd.support.arn"
local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.topic = {
  title = "topic", missing = { "NotFound", "NotFoundException" },
  find = find {
    pages = function() return aws.sns.pages.list_topics {} end, items = "Topics",
    name = function(topic) return topic.TopicArn:match("[^:]+$") end,
    labels = find.each(function(topic)
      return tags.read(aws.sns.list_tags_for_resource { ResourceArn = topic.TopicArn }.Tags)
    end),
    keep = function(topic) return { id = topic.TopicArn } end,
  },
  delete = function(resource) aws.sns.delete_topic { TopicArn = resource.id } end,
}

local function queue_name(url) return url:match("[^/]+$") end

kinds.queue = {
  title = "SQS queue", missing = { "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue" },
  find = find {
    -- Without a size the service gives a thousand, and no way to the others.
    pages = function() return aws.sqs.pages.list_queues { MaxResults = 1000 } end, items = "QueueUrls",
    name = queue_name,
    labels = find.each(function(url) return aws.sqs.list_queue_tags { QueueUrl = url }.Tags end),
    keep = function(url) return { id = url } end,
  },
  delete = function(resource) aws.sqs.delete_queue { QueueUrl = resource.id } end,
  -- It is listed for up to a minute longer.
  gone = function(resource)
    return not list.contains(aws.sqs.list_queues { QueueNamePrefix = resource.name }.QueueUrls, resource.id)
  end,
}

-- A listing of notification rules tells ARNs only: each is described for its name.
local function notification_rules(page)
  local all = {}
  for _, summary in ipairs(page.NotificationRules) do
    local rule, err = aws.codestar_notifications.try.describe_notification_rule { Arn = summary.Arn }
    if err and not err:is("ResourceNotFoundException") then error(err) end
    all[#all + 1] = rule
  end
  return all
end

kinds.notification_rule = {
  title = "notification rule", missing = { "ResourceNotFoundException" },
  find = find {
    pages = function() return aws.codestar_notifications.pages.list_notification_rules {} end, items = notification_rules,
    name = function(rule) return rule.Name end,
    labels = find.within(function(rule) return rule.Tags or {} end),
    keep = function(rule) return { id = rule.Arn } end,
  },
  delete = function(resource) aws.codestar_notifications.delete_notification_rule { Arn = resource.id } end,
}

kinds.event_rule = {
  title = "EventBridge rule", missing = { "ResourceNotFoundException" }, busy = { "ConcurrentModificationException" },
  find = find {
    pages = function() return aws.events.pages.list_rules {} end, items = "Rules",
    name = function(rule) return rule.Name end,
    labels = find.each(function(rule) return tags.read(aws.events.list_tags_for_resource { ResourceARN = rule.Arn }.Tags) end),
    keep = function(rule) return { id = rule.Arn, managed = rule.ManagedBy } end,
  },
  delete = function(resource)
    for page in aws.events.pages.list_targets_by_rule { Rule = resource.name } do
      if #page.Targets > 0 then
        aws.events.remove_targets { Rule = resource.name, Ids = list.map(page.Targets, function(target) return target.Id end) }
      end
    end
    aws.events.delete_rule { Name = resource.name }
  end,
  protected = function(resource)
    if resource.managed then return ("%s manages it and deletes it by itself"):format(resource.managed) end
  end,
}

kinds.alarm = {
  title = "alarm",
  find = find {
    pages = function() return aws.cloudwatch.pages.describe_alarms {} end,
    items = function(page) return list.append(list.append({}, page.CompositeAlarms), page.MetricAlarms) end,
    name = function(alarm) return alarm.AlarmName end,
    labels = find.each(function(alarm)
      return tags.read(aws.cloudwatch.list_tags_for_resource {
        ResourceARN = alarm.AlarmArn or arn.of("cloudwatch", "alarm:" .. alarm.AlarmName),
      }.Tags)
    end),
  },
  delete = function(resource) aws.cloudwatch.delete_alarms { AlarmNames = { resource.name } } end,
  -- Composite alarms go with others of their kind only: AWS takes one of them, or many of the other.
  together = { most = 100, delete = function(resources)
    aws.cloudwatch.delete_alarms { AlarmNames = list.map(resources, function(resource) return resource.name end) }
  end },
}

return kinds
