-- Needs: the local cloud
-- Roles that a script assumes on the local cloud: its STS keeps to the trust policy, and knows who calls afterwards.
local check = require "check"

local account = aws.account()
local function trust(statement)
  statement.Action = "sts:AssumeRole"
  return json.encode { Version = "2012-10-17", Statement = { statement } }
end
local nobody = trust { Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" } }
local us = trust { Effect = "Allow", Principal = { AWS = ("arn:aws:iam::%s:root"):format(account) } }

local role = aws.iam.create_role({ RoleName = "deployer", AssumeRolePolicyDocument = nobody }).Role
aws.iam.put_role_policy {
  RoleName = "deployer", PolicyName = "read",
  PolicyDocument = json.encode {
    Version = "2012-10-17", Statement = { { Effect = "Allow", Action = "s3:List*", Resource = "*" } },
  },
}

-- The trust policy names somebody else: refused, with the service's own code, and the line of the script.
local deployer = aws.client { role = role.Arn, role_session_name = "nightly", role_duration = "15m" }
local _, refused = deployer.s3.try.list_buckets {}
check.equal(refused.kind, "credentials")
check.has(tostring(refused), "cannot assume " .. role.Arn, "AccessDenied", "cloud_roles.lua:")

-- The same client, once the role trusts this account.
aws.iam.update_assume_role_policy { RoleName = "deployer", PolicyDocument = us }
check.equal(#deployer.s3.list_buckets({}).Buckets, 0)
check.equal(deployer.sts.get_caller_identity({}).Arn, ("arn:aws:sts::%s:assumed-role/deployer/nightly"):format(account))

-- What the role may not do is refused in its name; what the script's own credentials may do is not touched.
local _, denied = deployer.iam.try.list_users {}
check.equal(denied.code, "AccessDenied")
check.has(denied.message, "assumed-role/deployer/nightly", "iam:ListUsers")
check.truthy(aws.iam.list_users {})

-- A condition on the external id: without it, with a wrong one, with the right one.
aws.iam.update_assume_role_policy {
  RoleName = "deployer",
  PolicyDocument = trust {
    Effect = "Allow", Principal = { AWS = account }, Condition = { StringEquals = { ["sts:ExternalId"] = "ours" } },
  },
}
local function may(external_id)
  local client = aws.client { role = role.Arn, external_id = external_id }
  return client.sts.try.get_caller_identity {} ~= nil
end
check.equal({ may(nil), may "theirs", may "ours" }, { false, false, true })

-- Two roles at once, from tasks: each call goes out in its own name.
local clients = {}
for _, name in ipairs { "one", "two" } do
  local arn = aws.iam.create_role({ RoleName = name, AssumeRolePolicyDocument = us }).Role.Arn
  clients[name] = aws.client { role = arn, role_session_name = "of-" .. name }
end
local tasks = {}
for _ = 1, 5 do
  for name, client in pairs(clients) do
    tasks[#tasks + 1] = task.spawn(function()
      check.has(client.sts.get_caller_identity({}).Arn, ("assumed-role/%s/of-%s"):format(name, name))
    end)
  end
end
for _, running in ipairs(tasks) do running:join() end

-- STS's own limits are said before anything is sent.
check.fails(function() aws.client({ role = role.Arn, role_duration = 60 }).sts.get_caller_identity {} end,
  "DurationSeconds", "900")
check.fails(function() aws.client({ role = role.Arn, role_session_name = "a b" }).sts.get_caller_identity {} end,
  "roleSessionName")
