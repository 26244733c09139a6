-- What is wrong with a call is said before anything is sent: what, where, and in which line.
local check = require "check"

local function stages(category)
  local kind = { category = category, owner = "AWS", provider = "S3", version = "1" }
  return { name = "p", roleArn = "r", stages = { { name = "S", actions = { { name = "A", actionTypeId = kind } } } } }
end

check.fails(function() aws.cloudformaton.list_stacks {} end, "did you mean cloudformation?", "input.lua:")
check.fails(function() aws.s3.lst_buckets {} end, "did you mean list_buckets?", "input.lua:")
check.fails(function() aws.ec2.run_instances { ImageID = "a", MinCount = 1, MaxCount = 1 } end,
  "ImageID: is not a member of RunInstancesRequest; did you mean ImageId?", "input.lua:")
check.fails(function() aws.ec2.run_instances { MinCount = "one" } end, "MinCount: must be an integer, not a string",
  "MaxCount: is required")
check.fails(function() aws.codepipeline.create_pipeline { pipeline = stages "Sorce" } end,
  "pipeline.stages[1].actions[1].actionTypeId.category: 'Sorce' is not a known value", "Source, Build")
check.fails(function() aws.dynamodb.put_item { TableName = "t", Item = { a = { N = 1 } } } end,
  "Item.a.N: must be a string")
check.fails(function() aws.s3.get_object "x" end, "must be a table of named members")
check.fails(function() aws.s3.get_object({ Bucket = "b", Key = "k" }, { tiemout = 1 }) end, 'did you mean "timeout"?')
check.fails(function() aws.ssm.put_parameter { Name = "n", Value = "a\xff\xfe", Type = "String" } end,
  "Value: must be text in UTF-8")
check.fails(function() aws.ec2.describe_instances { InstanceIds = { [1] = "a", [3] = "b" } } end, "hole")
check.fails(function() aws.ec2.describe_instances { InstanceIds = { x = "a" } } end, "InstanceIds")
check.fails(function() aws.sqs.send_message { QueueUrl = "q", MessageBody = print } end, "cannot be a function")
check.fails(function() aws.logs.put_log_events {
  logGroupName = "g", logStreamName = "s", logEvents = { { timestamp = 1.5, message = "m" } },
} end, "logEvents[1].timestamp: must be an integer")

-- What goes with a call, and the helpers beside it.
check.fails(function() aws.s3.list_buckets({}, { retries = -1 }) end, "retries must be from 0 to 100, not -1", "input.lua:")
check.fails(function() local _ = aws.s3:prepare("put_objec", {}) end, "did you mean put_object?", "input.lua:")
check.fails(function() local _ = aws.s3:parse("get_objet", {}) end, "did you mean get_object?", "input.lua:")
check.fails(function() local _ = aws.jmespath(nil, {}) end, "a JMESPath expression must be a string, not nil", "input.lua:")
check.fails(function() local _ = aws.s3.list_buckets({}):query {} end, "must be a string, not a table", "input.lua:")
check.fails(function() local _ = aws.s3.list_buckets({}):query "Buckets[" end, "JMESPath: expected", "input.lua:")
check.fails(function() local _ = aws.model {} end, "a model must be a string, not a table", "input.lua:")
local here = debug.getinfo(1, "S").source:sub(2)
local parts = { [{ offset = -1 }] = "must not be negative", [{ offset = 1, length = 99999 }] = "bytes, not 99999 from 1" }
for part, message in pairs(parts) do
  check.fails(function() aws.s3.put_object { Bucket = "b", Key = "k", Body = aws.file(here, part) } end, message)
end

-- A table that contains itself ends in a short message.
local loop = {}
loop.x = loop
check.truthy(#check.fails(function() aws.dynamodb.put_item { TableName = "t", Item = loop } end, "contains itself") < 300)

-- try gives what AWS says as a value, and raises what is the script's own mistake.
local nothing, err = aws.dynamodb.try.describe_table { TableName = "none" }
check.equal(nothing, nil)
check.equal(err.code, "ResourceNotFoundException")
check.equal(err.status, 400)
check.equal(err.operation, "DescribeTable")
check.truthy(#err.request_id > 0)
check.truthy(err:is("Other", "ResourceNotFoundException"))
check.fails(function() aws.dynamodb.try.describe_table { TableNam = "none" } end, "did you mean TableName?")

-- Numbers and bytes survive the way there and back.
aws.dynamodb.create_table {
  TableName = "t", BillingMode = "PAY_PER_REQUEST", KeySchema = { { AttributeName = "id", KeyType = "HASH" } },
  AttributeDefinitions = { { AttributeName = "id", AttributeType = "S" } },
}
local bytes = "\0\xff\xfe\r\n" .. ("x"):rep(300)
aws.dynamodb.put_item { TableName = "t", Item = { id = { S = "a\0b" }, n = { N = "9007199254740993" }, b = { B = bytes } } }
local item = aws.dynamodb.get_item({ TableName = "t", Key = { id = { S = "a\0b" } } }).Item
check.equal(item.n.N, "9007199254740993")
check.equal(item.b.B, bytes)
aws.s3.create_bucket { Bucket = "bucket" }
aws.s3.put_object { Bucket = "bucket", Key = "k", Body = bytes, Metadata = { one = "1" } }
check.equal(aws.s3.get_object({ Bucket = "bucket", Key = "k" }).Body, bytes)
check.equal(aws.s3.get_object({ Bucket = "bucket", Key = "k", Range = "bytes=1-2" }).Body, "\xff\xfe")

-- A failing wait names the waiter and the last answer.
check.fails(function() aws.s3.wait.bucket_exists({ Bucket = "nope" }, { delay = 0.01, max_attempts = 2 }) end,
  "bucket_exists: not so after 2 attempts", "404")
check.fails(function() aws.s3.wait.bucket_exits { Bucket = "nope" } end, "did you mean bucket_exists?")
