-- Needs: the local cloud
-- The examples of the README and of the pages, each run as it stands, on a shop whose parts are the series' foundation.
local check, documentation = require "check", require "documentation"
local application, foundation, series = require "application", require "foundation", require "series"
local docc = "Sources/AWSCICD/AWSCICD.docc/"

local names = series.names "shop"
names.repository, names.project, names.application, names.group = "shop", "shop-build", "shop", "shop-web"
names.roles.pipeline, names.pipeline = "shop-pipeline-role", "shop"
local app = application.demo(names, { from = "v2" })
foundation.stores(names, app)
foundation.roles(names, foundation.topic(names))
foundation.fleet(names, 1, app)
foundation.services(names)

-- The README's first examples: define and apply, which starts the first execution; push, decide, wait.
local readme = documentation.blocks("README.md", "lua")
local first = documentation.run(readme[1], "\nreturn p"):follow()
first:decide("Approval", gate.tests_passed())
first:wait()
local run = documentation.run(readme[2], "\nreturn run")
check.equal(run:describe().status, "Succeeded")
check.has(http.get(fleet.url(names.balancer)).body, "v3")
documentation.run(readme[3])

-- A gate of the page on gates decides a run.
local release = documentation.run(documentation.blocks(docc .. "Gates.md", "lua")[1], "\nreturn release")
local answered = pipeline.get("shop"):follow { trigger = source.push("index.html", { from = "v3", to = "v4" }) }
local answer = answered:decide("Approval", release)
check.equal(answer.kind, "approve")
check.equal(answer.reason, "tests passed, no migrations")
answered:wait()

-- The page on teardowns: a plan that is run, another order, another kind.
local teardowns = documentation.blocks(docc .. "Teardown.md", "lua")
aws.kms.create_alias { AliasName = "alias/shop-key", TargetKeyId = aws.kms.create_key({}).KeyMetadata.KeyId }
documentation.run(teardowns[3], [[
  local plan = teardown.plan { prefixes = { "shop-" }, order = order, only = { "key_alias" } }
  assert(#plan.resources == 1 and plan.resources[1].name == "shop-key", tostring(plan))
  assert(teardown.clean(plan:run { yes = true }))
]])
teardown.kinds.key_alias = nil
check.fails(function() aws.kms.describe_key { KeyId = "alias/shop-key" } end, "NotFoundException")
documentation.run(teardowns[2], [[assert(tostring(plan):find("our auditors want the logs first", 1, true), tostring(plan))]])
documentation.run(teardowns[1])
