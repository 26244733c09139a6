-- Needs: the local cloud
-- Without any one action of CodeDeploy's role or of the instances' role, the demo application's blue/green deployment fails
-- and names it.
local check, demo_app, fixtures = require "check", require "demo_app", require "fixtures"
local foundation, least = require "foundation", require "least"

local names = least.make("least", true)
local _, group = foundation.fleet(names, 1)
group:wait_healthy(1)
foundation.services(names, foundation.alarm(names))
local files = {}
for path, file in pairs(demo_app.files(names, "v2")) do files[path] = file.content or file end
fixtures.bundle(names.bucket, files)

local function deployment()
  least.idle(names)
  return deploy.start {
    application = names.application, group = names.group, bucket = names.bucket, key = "bundle.zip",
  }:wait()
end
check.equal(deployment().status, "Succeeded")
least.each(names.roles.deploy, deployment)
least.each(names.roles.instance, deployment)
check.equal(deployment().status, "Succeeded")
