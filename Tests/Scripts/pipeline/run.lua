-- Needs: the local cloud
-- An execution: followed with its log, its variables and source overrides; one that fails says why; retry, history, rollback.
local check, delivery = require "check", require "delivery"

local made = delivery.make "runs"
local release = delivery.pipeline(made, {
  approval = false, variables = { MODE = "ci" }, build = { environment = { MODE = "#{variables.MODE}" } },
})
release:apply { quiet = true }
local first = release:follow()  -- making it starts it
check.equal(first:wait().status, "Succeeded")

-- A push; its execution is told by its revision. The build fails: the error has the action's own reason and log.
local broken = release:follow { trigger = function(place)
  check.equal(place, { repository = made.repository, branch = "main" })
  local id = source.push({ files = { ["check.sh"] = "echo the page is wrong >&2\nexit 3\n" } })(place)
  release:start()
  return id
end }
local told = {}
local problem = check.fails(function()
  broken:wait { logs = true, on_change = function(status) told[#told + 1] = status end }
end, "stage Build, action Unit: Failed", "COMMAND_EXECUTION_ERROR", "exit status 3", "the page is wrong")
check.has(problem, broken.id)
check.equal(told[#told], "Failed")
check.has(broken:failure(), "the page is wrong")
check.equal(broken:wait { raise = false }.status, "Failed")

-- The failed stage runs again and fails again; with the first commit as its source an execution succeeds, with a value of
-- its own for the variable.
check.equal(release:retry("Build"):wait({ raise = false }).status, "Failed")
check.equal(#broken:actions(), 3)
local again = release:start { variables = { MODE = "by hand" }, revisions = { Repo = made.commit } }
check.equal(again:wait().status, "Succeeded")
check.equal(again:describe().artifactRevisions[1].revisionId, made.commit)
local unit = again:actions()[2]
check.has(table.concat(build.get(unit.external_id):log(), "\n"), "building by hand")
check.fails(function() release:start { revisions = { Rep = made.commit } } end, 'no source action is named "Rep"', '"Repo"')

-- A stage goes back to what succeeded in it before.
local back = release:rollback "Build"
check.equal(back:wait().status, "Succeeded")
local summaries = release:history()
check.equal(#summaries, 4)
check.equal(summaries[1].executionType, "ROLLBACK")
check.equal(#release:history(2), 2)

-- What a rollback went away from is no good execution, neither at once nor once something newer has come.
check.equal(back:describe().rollbackMetadata.rollbackTargetPipelineExecutionId, first.id)
check.fails(function() release:last_good "Build" end, "no earlier execution of runs-pipeline succeeded in stage Build")
local newer = release:start { revisions = { Repo = made.commit } }
newer:wait()
check.equal(release:last_good "Build", first.id)
check.fails(function() release:retry "Biuld" end, 'no stage "Biuld"', '"Build"')

local state = release:state()
check.equal(state[2].name, "Build")
check.equal(state[2].actions[1].status, "Succeeded")
check.has(release:draw(100), "✔ Source", "✔ Build", "✔ Unit")

-- A rollback that failed is to be tried again.
build.project { name = made.project, role = "runs-build-role", buildspec = "version: 0.2\nphases: {build: {commands: [exit 3]}}" }
check.equal(release:rollback("Build", first.id):wait({ raise = false }).status, "Failed")
check.equal(release:last_good "Build", first.id)
