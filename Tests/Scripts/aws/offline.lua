-- Requests that are built and answers that are read without a network, with the models that are carried and with one
-- that a script brings.
local check = require "check"

local keys = { access_key_id = "KEY", secret_access_key = "SECRET", session_token = "TOKEN" }
local client = aws.client { region = "eu-west-1", credentials = keys }

-- A request has everything that would be sent, the signature too; operations go by both of their names.
for _, name in ipairs { "put_parameter", "PutParameter" } do
  local request = client.ssm:prepare(name, { Name = "/a", Type = "String", Value = "é" })
  check.equal({ request.method, request.url }, { "POST", "https://ssm.eu-west-1.amazonaws.com/" })
  check.equal(json.decode(request.body), { Name = "/a", Type = "String", Value = "é" })
  check.equal(request.headers["X-Amz-Target"], "AmazonSSM.PutParameter")
  check.equal(request.headers["X-Amz-Security-Token"], "TOKEN")
  check.has(request.headers.Authorization, "AWS4-HMAC-SHA256 Credential=KEY/", "/eu-west-1/ssm/aws4_request", "Signature=")
end
local object = client.s3:prepare("put_object", { Bucket = "bkt", Key = "a b/ü?", Body = "\0\xff", Metadata = { k = "v" } })
check.equal(object.url, "https://bkt.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%3F")
check.equal({ object.method, object.body, object.headers["x-amz-meta-k"] }, { "PUT", "\0\xff", "v" })
check.fails(function() client.s3:prepare("put_object", { Bucket = "bkt" }) end, "Key: is required", "offline.lua:")

-- A presigned URL holds all that it needs.
local url = client.s3:presign("get_object", { Bucket = "bkt", Key = "k" }, 60)
check.has(url, "https://bkt.s3.eu-west-1.amazonaws.com/k?", "X-Amz-Expires=60", "X-Amz-Security-Token=TOKEN", "X-Amz-Signature=")

-- What it cannot hold is not lost in silence.
check.fails(function() client.sqs:presign("send_message", { QueueUrl = "https://q", MessageBody = "m" }) end,
  "its input travels in the body, which a URL does not carry", "offline.lua:")
check.has(client.lambda:presign("get_function", { FunctionName = "f" }), "/2015-03-31/functions/f?", "X-Amz-Signature=")

-- Texts that look alike are different keys.
local spelled = { ["\u{E9}"] = { S = "1" }, ["e\u{301}"] = { S = "2" } }
local item = client.dynamodb:prepare("put_item", { TableName = "t", Item = spelled }).body
check.equal(json.decode(item).Item, spelled)

-- Answers: a result, nil and the error, and what cannot be read.
check.equal(client.sqs:parse("list_queues", { status = 200, body = [[{"QueueUrls":["a"]}]] }).QueueUrls, { "a" })
local nothing, problem = client.dynamodb:parse("GetItem", {
  status = 400, headers = { ["x-amzn-RequestId"] = "r-1" },
  body = [[{"__type":"com.x#ConditionalCheckFailedException","message":"no","Item":{"a":{"S":"x"}}}]],
})
check.equal({ nothing, problem.code, problem.message, problem.status, problem.request_id },
  { nil, "ConditionalCheckFailedException", "no", 400, "r-1" })
check.equal(problem.fields.Item, { a = { S = "x" } })
local _, gone = client.sqs:parse("get_queue_url", {
  status = 400, headers = { ["x-amzn-query-error"] = "AWS.SimpleQueueService.NonExistentQueue;Sender" },
  body = [[{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"gone"}]],
})
check.equal({ gone.code, gone.modelled_code }, { "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist" })
check.equal({ gone:is("QueueDoesNotExist"), gone:is("AWS.SimpleQueueService.NonExistentQueue"), gone:is("Other") },
  { true, true, false })
local _, broken = client.dynamodb:parse("get_item", { body = "{" })
check.equal(broken.code, "InvalidResponse")
local _, listed = client.sts:parse("get_caller_identity", {
  status = 403,
  body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error><RequestId>q</RequestId></ErrorResponse>",
})
check.equal({ listed.code, listed.message, listed.request_id }, { "AccessDenied", "m", "q" })
check.fails(function() client.s3:parse("get_object", { statu = 200 }) end, 'did you mean "status"?')

-- A model from text, whose empty lists, empty maps and documents stay what they are, both ways.
local model = json.encode {
  metadata = { protocol = "json", jsonVersion = "1.1", targetPrefix = "T", endpointPrefix = "mine", serviceId = "Mine" },
  operations = {
    DoIt = { name = "DoIt", http = { method = "POST", requestUri = "/" }, input = { shape = "All" }, output = { shape = "All" } },
  },
  shapes = {
    All = { type = "structure", required = { "L" }, members = {
      L = { shape = "L" }, M = { shape = "M" }, D = { shape = "D" }, B = { shape = "B" }, T = { shape = "T" },
    } },
    L = { type = "list", member = { shape = "S" } }, M = { type = "map", key = { shape = "S" }, value = { shape = "S" } },
    D = { type = "structure", members = {}, document = true }, B = { type = "blob" }, T = { type = "timestamp" },
    S = { type = "string" },
  },
}
local mine = aws.model(model, {
  service = "mine", region = "eu-west-1", endpoint = "http://127.0.0.1:9/base", credentials = keys,
})
local request = mine:prepare("do_it", { L = {}, M = {}, D = { json.list {}, {} }, B = "\0", T = 1.5 })
check.equal(request.url, "http://127.0.0.1:9/base/")
check.equal(request.body, [[{"B":"AA==","D":[[],{}],"L":[],"M":{},"T":1.5}]])
local read = mine:parse("DoIt", { body = request.body })
check.equal(json.encode(read), [[{"B":"\u0000","D":[[],{}],"L":[],"M":{},"T":1.5}]])
check.equal(read:query "length(D)", 2)
check.fails(function() mine:prepare("do_it", {}) end, "mine.DoIt", "L: is required")
check.fails(function() aws.model "{" end, "aws.model", "offline.lua:")
check.fails(function() aws.model "[1]" end, 'no "metadata"')

-- A service is reached by its name whatever else the name means: aws.account() is also the service "account".
check.truthy(client.account:prepare("list_regions", {}).url:find "https://account%.")
check.truthy(aws.client { service = "account", region = "eu-west-1", credentials = keys }:prepare("list_regions", {}))
for _, name in ipairs(aws.services()) do
  check.equal(type(aws[name]), "table", name)
  check.truthy(#aws[name].operations() > 0, name)
end

-- What the model says of an operation, and expressions on any value.
check.equal(client.ssm:describe("put_parameter").input[1].name, "Name")
check.equal(aws.jmespath("[?n > `1`].s | [0]", { { n = 1, s = "a" }, { n = 2, s = "b" } }), "b")
check.equal(aws.jmespath("missing", {}), nil)

-- Operations that send events are refused by their name, however they are called.
local talk = { botId = "b234567890", botAliasId = "b234567890", localeId = "en_US", sessionId = "ss", requestEventStream = {} }
for _, call in ipairs {
  function() client.lexv2_runtime.start_conversation(talk) end,
  function() client.lexv2_runtime.events.start_conversation(talk) end,
  function() client.lexv2_runtime:prepare("start_conversation", talk) end,
} do
  check.fails(call, "StartConversation sends a stream of events, which is not supported")
end
