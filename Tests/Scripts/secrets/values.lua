-- Needs: the local cloud
-- Parameters and secrets; what is secret occurs in nothing that this process says.
local check = require "check"

secrets.parameter { name = "/demo/greeting", value = "hello", tags = { team = "web" } }
secrets.parameter { name = "/demo/greeting", value = "hello again" }
check.equal(secrets.read_parameter "/demo/greeting", "hello again")
secrets.parameter { name = "/demo/greeting", value = "other", keep = true }
check.equal(secrets.read_parameter "/demo/greeting", "hello again")
secrets.parameter { name = "/demo/count", value = 3 }
check.equal(secrets.read_parameter "/demo/count", "3")
secrets.parameter { name = "/demo/key", value = "hunter2-hunter2", secure = true }
check.equal(aws.ssm.get_parameter({ Name = "/demo/key" }).Parameter.Type, "SecureString")
check.equal(secrets.read_parameter "/demo/key", "hunter2-hunter2")

local arn = secrets.secret { name = "demo/db", value = { username = "app", password = "correct horse battery" } }
check.equal(secrets.secret { name = "demo/db", value = { password = "lost" }, keep = true }, arn)
check.equal(secrets.read("demo/db", "password"), "correct horse battery")
check.equal(secrets.read("demo/db", "username"), "app")
secrets.secret { name = "demo/plain", value = "just one text" }
check.equal(secrets.read "demo/plain", "just one text")
check.fails(function() secrets.read("demo/db", "pasword") end, 'has no key "pasword"')
check.fails(function() secrets.read("demo/plain", "x") end, "is not a JSON document")

check.equal(json.decode(secrets.read "demo/db").username, "app")

-- A binary one is its bytes, and has no keys.
aws.secretsmanager.create_secret { Name = "demo/binary", SecretBinary = "\0\1\xffbytes" }
check.equal(secrets.read "demo/binary", "\0\1\xffbytes")
check.fails(function() secrets.read("demo/binary", "x") end, "is not a JSON document")

-- A secret that waits for its deletion is used again.
check.equal(secrets.delete "demo/plain", true)
arn = secrets.secret { name = "demo/plain", value = "a second text" }
check.equal(aws.secretsmanager.describe_secret({ SecretId = "demo/plain" }).ARN, arn)
check.equal(secrets.read "demo/plain", "a second text")
check.equal(secrets.delete("demo/plain", { now = true }), true)
check.equal(secrets.delete("demo/plain", { now = true }), false)
check.equal(secrets.delete_parameter "/demo/count", true)
check.equal(secrets.delete_parameter "/demo/count", false)
local random = secrets.random(20)
check.equal(#random, 20)
check.yes(random ~= secrets.random(20))

-- Another process makes them, fails and traces: none of its streams holds a value.
local inner = [[
local password = secrets.random()
secrets.secret { name = "inner/db", value = { username = "app", password = password }, }
secrets.parameter { name = "/inner/key", value = "hunter3-hunter3", secure = true }
local read = secrets.read("inner/db", "password")
print("read " .. read, secrets.read_parameter "/inner/key")
log.warn("seen", { password = read })
io.stderr:write("length " .. #read .. "\n")
pcall(secrets.parameter, { name = "hunter3-hunter3", value = true })
aws.secretsmanager.create_secret { Name = "inner/document",
  SecretString = json.encode { pin = 4829, api = { key = "document-key", number = 7731004299 }, list = { "listed-member" } } }
local document = json.decode(secrets.read "inner/document")
print(document.api.key, document.api.number, document.list[1])
log.error("document", document)
print("pin " .. secrets.read("inner/document", "pin"))
error("it was " .. read .. " and hunter3-hunter3")
]]
local ran = process.run { os.getenv "AWSCICD_RUN", "--local", "--trace", "-e", inner, timeout = 240 }
check.equal(ran.status, 1)
check.has(ran.stderr, "length 32")
check.has(ran.stdout, "read ")
for _, secret in ipairs { "hunter3-hunter3", "document-key", "7731004299", "listed-member" } do
  check.lacks(ran.stdout .. ran.stderr, secret)
end
check.has(ran.stdout, "pin ****")
local masked = ran.stdout:match("read (%S+)")
check.yes(not masked:find("^%w+$") or #masked ~= 32, "the random value stands in the output")
