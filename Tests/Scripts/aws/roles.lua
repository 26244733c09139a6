-- Roles that a script names: one client for each, with credentials of its own.
local check = require "check"

local trust = json.encode {
  Version = "2012-10-17",
  Statement = { { Effect = "Allow", Principal = { AWS = "*" }, Action = "sts:AssumeRole" } },
}
for _, name in ipairs { "deployer", "auditor" } do
  aws.iam.create_role { RoleName = name, AssumeRolePolicyDocument = trust }
end
local account = aws.account()
local function arn(name) return ("arn:aws:iam::%s:role/%s"):format(account, name) end

local deployer = aws.client { role = arn "deployer", role_session_name = "nightly", role_duration = 900 }
local identity = deployer.sts.get_caller_identity {}
check.equal(identity.Arn, ("arn:aws:sts::%s:assumed-role/deployer/nightly"):format(account))
check.equal(deployer.sts.get_caller_identity({}).UserId, identity.UserId, "the role is assumed once")

local auditor = aws.client { service = "sts", role = arn "auditor" }
check.equal(auditor.get_caller_identity({}).Arn, ("arn:aws:sts::%s:assumed-role/auditor/awscicd"):format(account))

-- The role's credentials are those of its own client alone.
check.equal(aws.sts.get_caller_identity({}).Arn:find("assumed%-role"), nil)

local ok, err = pcall(function() return aws.client { role_session_name = "x" } end)
check.equal(ok, false)
check.has(err, "go with role")

local _, refused = pcall(function() return aws.client({ role = "no arn" }).sts.get_caller_identity {} end)
check.has(refused, "cannot assume no arn")
