-- A queue that takes a topic's messages, for scripts that wait for what a pipeline tells.

local options_of = require "awscicd.support.options"

local Queue = {}
Queue.__index = Queue
Queue.__tostring = function(self) return "queue " .. self.name end

-- The next messages: { { text, subject, topic, raw } }, removed from the queue; an empty list when none came within
-- `seconds` (20 at most, 0). `text` is what was published, `raw` the whole envelope.
function Queue:receive(seconds)
  local answer = aws.sqs.receive_message {
    QueueUrl = self.url, MaxNumberOfMessages = 10, WaitTimeSeconds = seconds or 0,
  }
  local found = {}
  for _, message in ipairs(answer.Messages or {}) do
    local ok, envelope = pcall(json.decode, message.Body)
    if not ok or type(envelope) ~= "table" then envelope = { Message = message.Body } end
    found[#found + 1] = { text = envelope.Message, subject = envelope.Subject, topic = envelope.TopicArn, raw = envelope }
    aws.sqs.delete_message { QueueUrl = self.url, ReceiptHandle = message.ReceiptHandle }
  end
  return found
end

-- Ends its subscription too: the topic would go on sending to nothing.
function Queue:delete()
  local _, err = aws.sns.try.unsubscribe { SubscriptionArn = self.subscription }
  if err and not err:is("NotFound") then error(err) end
  aws.sqs.delete_queue { QueueUrl = self.url }
end

-- See notify.queue.
return function(options)
  options = options_of.check("notify.queue", options, { name = "!string", topic = "!string", tags = "table" })
  local url = aws.sqs.create_queue { QueueName = options.name, tags = options.tags }.QueueUrl
  local arn = aws.sqs.get_queue_attributes { QueueUrl = url, AttributeNames = { "QueueArn" } }.Attributes.QueueArn
  aws.sqs.set_queue_attributes {
    QueueUrl = url,
    Attributes = {
      Policy = json.encode {
        Version = "2012-10-17",
        Statement = { {
          Effect = "Allow", Principal = { Service = "sns.amazonaws.com" }, Action = "sqs:SendMessage", Resource = arn,
          Condition = { ArnEquals = { ["aws:SourceArn"] = options.topic } },
        } },
      },
    },
  }
  local subscription = aws.sns.subscribe { TopicArn = options.topic, Protocol = "sqs", Endpoint = arn }.SubscriptionArn
  return setmetatable({ name = options.name, url = url, arn = arn, subscription = subscription }, Queue)
end
