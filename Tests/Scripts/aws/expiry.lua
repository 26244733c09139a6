-- A role's keys that run out on the service's clock, as they do when this machine slept: the role is assumed again within
-- the call that finds out, and only then.
local check = require "check"

local server <close> = process.start { os.getenv "AWSCICD_LOCAL", "--port", "0", "--clock", "manual", "--quiet" }
local endpoint = server:read_line():match "AWS_ENDPOINT_URL=(%S+)"
local keys = { access_key_id = "test", secret_access_key = "test" }
local own = aws.client { endpoint = endpoint, region = "us-east-1", credentials = keys }

local function policy(statement)
  statement.Effect = "Allow"
  return json.encode { Version = "2012-10-17", Statement = { statement } }
end
local role = own.iam.create_role({
  RoleName = "reader", AssumeRolePolicyDocument = policy { Action = "sts:AssumeRole", Principal = { AWS = own.account() } },
}).Role
own.iam.put_role_policy {
  RoleName = "reader", PolicyName = "read", PolicyDocument = policy { Action = "s3:List*", Resource = "*" },
}
local reader = aws.client {
  endpoint = endpoint, region = "us-east-1", credentials = keys, role = role.Arn, role_duration = "1h",
}

local function attempts() return aws.metadata(reader.s3.list_buckets {}).attempts end
local function later(seconds) http.post(endpoint .. "/_awscicd/clock", { json = { advance = seconds } }):check() end

check.equal({ attempts(), attempts() }, { 1, 1 })
later(3000)
check.equal(attempts(), 1)
later(1000)
check.equal({ attempts(), attempts() }, { 2, 1 })

-- Where the role may not be assumed again the error says why, and for which role.
own.iam.update_assume_role_policy {
  RoleName = "reader",
  PolicyDocument = policy { Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } },
}
later(4000)
local _, err = reader.s3.try.list_buckets {}
check.equal(err.kind, "credentials")
check.has(tostring(err), "cannot assume " .. role.Arn, "AccessDenied")
