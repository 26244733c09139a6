-- Topics, notification rules, event rules, alarms.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.topic = {
  title = "topic", missing = { "NotFound", "NotFoundException" },
  find = function(scope)
    local found = {}
    for page in aws.sns.pages.list_topics {} do
      for _, topic in ipairs(page.Topics) do
        local name = topic.TopicArn:match("[^:]+$")
        local function labels() return tags.read(aws.sns.list_tags_for_resource { ResourceArn = topic.TopicArn }.Tags) end
        if scope:matches("topic", name, labels) then found[#found + 1] = { name = name, id = topic.TopicArn } end
      end
    end
    return found
  end,
  delete = function(resource) aws.sns.delete_topic { TopicArn = resource.id } end,
}

kinds.notification_rule = {
  title = "notification rule", missing = { "ResourceNotFoundException" },
  find = function(scope)
    local found = {}
    for page in aws.codestar_notifications.pages.list_notification_rules {} do
      for _, summary in ipairs(page.NotificationRules) do
        local rule, err = aws.codestar_notifications.try.describe_notification_rule { Arn = summary.Arn }
        if err and not err:is("ResourceNotFoundException") then error(err) end
        if rule and scope:matches("notification_rule", rule.Name, rule.Tags or {}) then
          found[#found + 1] = { name = rule.Name, id = rule.Arn, tags = rule.Tags }
        end
      end
    end
    return found
  end,
  delete = function(resource) aws.codestar_notifications.delete_notification_rule { Arn = resource.id } end,
}

kinds.event_rule = {
  title = "EventBridge rule", missing = { "ResourceNotFoundException" }, busy = { "ConcurrentModificationException" },
  find = function(scope)
    local found = {}
    for page in aws.events.pages.list_rules {} do
      for _, rule in ipairs(page.Rules) do
        local function labels()
          return tags.read(aws.events.list_tags_for_resource { ResourceARN = rule.Arn }.Tags)
        end
        if scope:matches("event_rule", rule.Name, labels) then
          found[#found + 1] = { name = rule.Name, id = rule.Arn, managed = rule.ManagedBy }
        end
      end
    end
    return found
  end,
  delete = function(resource)
    local held = aws.events.list_targets_by_rule { Rule = resource.name }.Targets
    if #held > 0 then
      aws.events.remove_targets { Rule = resource.name, Ids = list.map(held, function(target) return target.Id end) }
    end
    aws.events.delete_rule { Name = resource.name }
  end,
  protected = function(resource)
    if resource.managed then return ("%s manages it and deletes it by itself"):format(resource.managed) end
  end,
}

kinds.alarm = {
  title = "alarm",
  find = function(scope)
    local found = {}
    for page in aws.cloudwatch.pages.describe_alarms {} do
      for _, alarm in ipairs(list.append(list.append({}, page.CompositeAlarms), page.MetricAlarms)) do
        local function labels()
          return tags.read(aws.cloudwatch.list_tags_for_resource {
            ResourceARN = alarm.AlarmArn or arn.of("cloudwatch", "alarm:" .. alarm.AlarmName),
          }.Tags)
        end
        if scope:matches("alarm", alarm.AlarmName, labels) then found[#found + 1] = { name = alarm.AlarmName } end
      end
    end
    return found
  end,
  delete = function(resource) aws.cloudwatch.delete_alarms { AlarmNames = { resource.name } } end,
}

return kinds
