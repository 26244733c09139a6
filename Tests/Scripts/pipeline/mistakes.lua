-- Every mistake of a definition is found before anything is sent, all at once, each with its line.
local check = require "check"

local problem = check.fails(function()
  pipeline.define {
    name = "bad name!", artifacts = "bucket", mode = "SOMETIMES", rol = "r",
    pipeline.stage "Source" {
      source.codecommit { name = "A", repository = "r", output = "Src" },
      source.codecommit { name = "A", output = "Src" },  -- line 9
    },
    pipeline.stage "Build" {
      build.codebuild { project = "p", input = "Scr", output = "Built" },  -- line 12
      source.s3 { bucket = "b", key = "k" },
    },
    pipeline.stage "Build" {},
    "not a stage",
  }
end)
check.has(problem, "mistakes in the pipeline", "only letters, digits", "role is missing",
  "mode is SOMETIMES; it is one of SUPERSEDED, QUEUED, PARALLEL",
  'no option "rol" (did you mean "role"?)', "two actions of this name", "repository is missing", 'two actions output "Src"',
  'no earlier action outputs "Scr" (did you mean "Src"?)', "source actions stand in the first stage",
  'two stages named "Build"', "has no action", "stage 4 is a string, not a pipeline.stage", "mistakes.lua:9:", "mistakes.lua:12:")

check.has(check.fails(function() pipeline.define { name = "p", role = "r", artifacts = "b" } end), "at least two stages")

-- What has no name or no options is told by what it is.
problem = check.fails(function()
  pipeline.define {
    role = "r",
    pipeline.stage "Source" { source.codecommit { repository = "r", output = "Src" } },
    pipeline.stage "Build" { build.codebuild "project" },
  }
end, "pipeline has no name", "the pipeline: artifacts (a bucket) is missing",
  'build.codebuild in stage "Build": takes a table of options, got string')
check.lacks(problem, '"nil"', "0 inputs")
