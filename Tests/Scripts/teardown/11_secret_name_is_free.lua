-- Needs: the local cloud
-- A secret is deleted with force, so that its name can be used again at once.
local check, fixtures = require "check", require "fixtures"

secrets.secret { name = "case-secret", value = { password = "p" } }
check.yes(teardown.clean(fixtures.take_down "case-"))
secrets.secret { name = "case-secret", value = { password = "q" } }

-- One that was deleted without force blocks the name; secrets.secret restores it.
aws.secretsmanager.delete_secret { SecretId = "case-secret" }
local _, blocked = aws.secretsmanager.try.create_secret { Name = "case-secret", SecretString = "x" }
check.equal(blocked.code, "InvalidRequestException")
secrets.secret { name = "case-secret", value = { password = "r" } }
check.equal(secrets.read("case-secret", "password"), "r")
