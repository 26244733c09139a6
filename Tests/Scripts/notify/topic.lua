-- Needs: the local cloud
-- Topics, their subscribers and queues; a rule that tells of a pipeline.
local check, gated = require "check", require "gated"
local poll = require "awscicd.support.poll"

local topic = notify.topic { name = "releases", subscribers = { { protocol = "email", endpoint = "team@example.com" } } }
-- A statement that somebody else put there stays; ours is there once.
local policy = json.decode(aws.sns.get_topic_attributes({ TopicArn = topic }).Attributes.Policy)
table.insert(policy.Statement, {
  Sid = "theirs", Effect = "Allow", Principal = { AWS = "*" }, Action = "sns:GetTopicAttributes", Resource = topic,
})
aws.sns.set_topic_attributes { TopicArn = topic, AttributeName = "Policy", AttributeValue = json.encode(policy) }
check.equal(notify.topic { name = "releases", publishers = { "codestar-notifications", "events" },
  subscribers = { { protocol = "email", endpoint = "team@example.com" } } }, topic)
local sids = {}
for _, statement in ipairs(json.decode(aws.sns.get_topic_attributes({ TopicArn = topic }).Attributes.Policy).Statement) do
  sids[statement.Sid] = (sids[statement.Sid] or 0) + 1
end
check.equal({ sids.theirs, sids["awscicd-notifications"] }, { 1, 1 })
local subscriptions = notify.subscriptions(topic)
check.equal(#subscriptions, 1)
check.equal(subscriptions[1].confirmed, false)

-- What is published arrives, once.
local queue = notify.queue { name = "heard", topic = topic }
notify.publish(topic, "v3 is live", { subject = "Release" })
local heard = poll.until_some(function()
  local some = queue:receive(5)
  return some[1] and some
end, { what = "the message", timeout = 240 })
check.equal(#heard, 1)
check.equal({ heard[1].text, heard[1].subject, heard[1].topic }, { "v3 is live", "Release", topic })
check.equal(queue:receive(), {})

-- A rule on a pipeline: it is changed, not made twice; and what it reports reaches the queue.
local made = gated.make "topic"
local release = gated.pipeline(made, "topic")
local rule = { name = "topic-rule", topic = topic, pipeline = "topic" }
local arn = notify.rule(rule)
check.equal(notify.rule(rule), arn)
local rules = notify.rules(release:read() and ("arn:aws:codepipeline:%s:%s:topic"):format(aws.region(), aws.account()))
check.equal(#rules, 1)
check.equal(#rules[1].EventTypes, #notify.pipeline_events)
gated.opened "topic"
release:follow():decide("Approval", function() return gate.reject("not today") end)
local message = poll.until_some(function()
  for _, one in ipairs(queue:receive(1)) do
    if one.text:find("FAILED", 1, true) then return one.text end
  end
end, { what = "the message of the failed execution", timeout = 240 })
check.has(message, '"topic"')
check.fails(function() notify.rule { name = "x", topic = topic } end, "give pipeline or resource")
check.fails(function() notify.topic { name = "x", subscribers = { { protocl = "sqs", endpoint = "y" } } } end, '"protocl"')
queue:delete()
check.fails(function() queue:receive() end, "NonExistentQueue")
check.equal(#notify.subscriptions(topic), 1, "the e-mail's alone is left")
check.fails(function() queue:delete() end, "NonExistentQueue")
