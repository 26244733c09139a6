-- The structure that a definition makes, the difference to another, and the drawing.
local check = require "check"
local diff = require "awscicd.pipeline.diff"

local function definition(project)
  return pipeline.define {
    name = "demo", role = "arn:aws:iam::123456789012:role/demo", artifacts = "bucket",
    pipeline.stage "Source" { source.codecommit { name = "Repo", repository = "app", output = "Src", poll = false } },
    pipeline.stage "Build" {
      build.codebuild { name = "Unit", project = project, input = "Src", output = "Built", environment = { MODE = "ci" } },
      on_failure = "retry",
    },
    pipeline.stage "Approve" { gate.manual { name = "Ask", timeout = 60, message = "được không?" } },
  }
end
local structure = definition("unit"):structure()
check.equal(structure.pipelineType, "V2")
check.equal(structure.executionMode, "SUPERSEDED")
check.equal(structure.artifactStore.location, "bucket")
local source_action = structure.stages[1].actions[1]
check.equal(source_action.actionTypeId, { category = "Source", owner = "AWS", provider = "CodeCommit", version = "1" })
check.equal(source_action.configuration, { RepositoryName = "app", BranchName = "main", PollForSourceChanges = "false" })
check.equal(source_action.outputArtifacts, { { name = "Src" } })
local unit = structure.stages[2].actions[1]
check.equal(json.decode(unit.configuration.EnvironmentVariables)[1], { name = "MODE", value = "ci", type = "PLAINTEXT" })
check.equal(structure.stages[2].onFailure.result, "RETRY")
check.equal(structure.stages[3].actions[1].timeoutInMinutes, 60)
check.equal(structure.stages[3].actions[1].configuration.CustomData, "được không?")

check.equal(diff.changes(structure, definition("unit"):structure()), {})
local lines = diff.lines(diff.changes(structure, definition("other"):structure()))
check.equal(#lines, 1)
check.has(lines[1], "stages.Build.actions.Unit.configuration.ProjectName", '"unit" → "other"')

local drawn = pipeline.draw({
  { name = "Source", status = "Succeeded", actions = { { name = "Repo", status = "Succeeded" } } },
  { name = "Duyệt", status = "InProgress", actions = { { name = "Ask" } } },
}, 100)
check.equal(drawn, table.concat({
  "┌──────────┐   ┌─────────┐",
  "│ ✔ Source │──▶│ ▶ Duyệt │",
  "│ ✔ Repo   │   │ · Ask   │",
  "└──────────┘   └─────────┘",
}, "\n"))
