-- Needs: the local cloud
-- A role with policies inside an instance profile: detached, emptied, taken out, then deleted.
local check, fixtures = require "check", require "fixtures"

fixtures.role("case-role")
local policy = aws.iam.create_policy {
  PolicyName = "case-policy",
  PolicyDocument = json.encode {
    Version = "2012-10-17", Statement = { { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::x/*" } },
  },
}.Policy.Arn
aws.iam.attach_role_policy { RoleName = "case-role", PolicyArn = policy }
aws.iam.put_role_policy {
  RoleName = "case-role", PolicyName = "inline",
  PolicyDocument = json.encode {
    Version = "2012-10-17", Statement = { { Effect = "Allow", Action = "s3:PutObject", Resource = "arn:aws:s3:::x/*" } },
  },
}
roles.instance_profile { name = "case-profile", role = "case-role" }

check.equal(select(2, aws.iam.try.delete_role { RoleName = "case-role" }).code, "DeleteConflict")
check.equal(select(2, aws.iam.try.delete_policy { PolicyArn = policy }).code, "DeleteConflict")
check.equal(select(2, aws.iam.try.delete_instance_profile { InstanceProfileName = "case-profile" }).code, "DeleteConflict")

check.yes(teardown.clean(fixtures.take_down "case-"))
