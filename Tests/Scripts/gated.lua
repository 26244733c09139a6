-- Pipelines that only ask for an approval, for tests of gates: Source → Approval.

local gated = {}

local function files(text) return { ["index.html"] = text, ["docs/how.md"] = "How\n" } end

-- Everything that the pipelines share. Returns { bucket, repository, role }.
function gated.make(name)
  local made = { bucket = name .. "-bucket", repository = name .. "-app" }
  artifacts.bucket { name = made.bucket }
  source.repository { name = made.repository }
  source.commit {
    repository = made.repository, files = files "v1\n", message = "First page",
    author = { name = "Ann", email = "ann@example.com" },
  }
  made.role = roles.ensure {
    name = name .. "-role", service = "codepipeline",
    allow = roles.codepipeline { bucket = made.bucket, repositories = { made.repository } },
  }
  return made
end

-- A pipeline, which has begun its first execution when this returns. Options: those of pipeline.define.
function gated.pipeline(made, name, options)
  local definition = {
    name = name, role = made.role, artifacts = made.bucket,
    pipeline.stage "Source" {
      source.codecommit { name = "Repo", repository = made.repository, output = "Src", poll = false },
    },
    pipeline.stage "Approval" { gate.manual { name = "Ask", message = "Được không?", url = "https://example.com/notes" } },
  }
  for key, value in pairs(options or {}) do definition[key] = value end
  local release = pipeline.define(definition)
  release:apply { quiet = true }
  return release
end

-- Whether an approval of the pipeline is open.
function gated.is_open(name)
  local state = pipeline.get(name):state()
  local action = state[#state].actions[1]
  return action.status == "InProgress" and action.token ~= nil
end

-- Waits until an approval is open.
function gated.opened(name)
  local poll = require "awscicd.support.poll"
  poll.until_some(function() return gated.is_open(name) or nil end, { what = "the approval of " .. name, timeout = 240 })
end

return gated
