-- Needs: the local cloud
-- A definition is applied, read back, compared and changed; applying it twice changes nothing.
local check, delivery = require "check", require "delivery"

local made = delivery.make "apply"
local function definition(options) return delivery.pipeline(made, options) end

local first = definition {
  variables = { MODE = "ci", WHO = { default = false, description = "who asks" } }, mode = "QUEUED", tags = { team = "web" },
}
check.equal(first:read(), nil)
check.equal(first:diff(), { "+ pipeline apply-pipeline" })
check.equal((first:apply { quiet = true }), "created")
check.equal(first:diff(), {})
check.equal((first:apply { quiet = true }), "unchanged")
check.equal(first:read().version, 1)
check.equal(first:read().executionMode, "QUEUED")
check.equal(first:read().variables, { { name = "MODE", defaultValue = "ci" }, { name = "WHO", description = "who asks" } })

-- The difference names what changes, and apply makes just that.
local second = definition { variables = { MODE = "full" }, tags = { team = "ops" }, build = { timeout = 30 } }
check.has(table.concat(second:diff(), "\n"), "executionMode", "QUEUED", "SUPERSEDED", "variables.MODE", "ci", "full",
  "stages.Build.actions.Unit.timeoutInMinutes", "30")
local done, lines = second:apply { quiet = true }
check.equal(done, "changed")
check.has(table.concat(lines, "\n"), "tags.team: ops")
check.equal(second:diff(), {})
check.equal(second:read().version, 2)
check.equal((second:apply { quiet = true }), "unchanged")
check.equal(second:read().version, 2)

-- What a definition refers to and is not there is found before anything is sent, all at once.
local wrong = pipeline.define {
  name = "wrong", role = "no-such-role", artifacts = "no-such-bucket-of-ours",
  pipeline.stage "Source" { source.codecommit { repository = "no-such-repository", output = "Src" } },
  pipeline.stage "Build" { build.codebuild { project = "no-such-project", input = "Src" } },
}
check.fails(function() wrong:apply { quiet = true } end, "4 mistakes", "no-such-role", "no-such-bucket-of-ours",
  "no-such-repository", "no-such-project", "apply.lua:")
check.equal(wrong:read(), nil)

-- One that was got by its name has no definition to apply.
local got = pipeline.get(first.name)
check.equal(got:source(), { repository = made.repository, branch = "main" })
check.fails(function() got:apply() end, "needs its definition")
check.yes(table.concat(pipeline.list(), " "):find(first.name, 1, true))
got:delete()
got:delete()
check.equal(got:read(), nil)
