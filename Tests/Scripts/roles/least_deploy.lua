-- Needs: the local cloud
-- Without any one action of CodeDeploy's role or of the instances' role, the demo application's blue/green deployment fails
-- and names it.
local check, fixtures = require "check", require "fixtures"
local foundation, least = require "foundation", require "least"

local names, app = least.make("least", true)
foundation.fleet(names, 1, app)
foundation.services(names, foundation.alarm(names))
local files = {}
for path, file in pairs(app.release) do files[path] = file.content or file end
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
