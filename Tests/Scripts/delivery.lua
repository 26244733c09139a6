-- A small pipeline on the local cloud for tests: repository, build project, roles, bucket; Source → Build → Approval.

local delivery = {}

local buildspec = [[
version: 0.2
phases:
  build:
    commands:
      - echo "building $MODE"
      - sh ./check.sh
artifacts:
  files: ["**/*"]
]]

-- Everything but the pipeline. Returns { name, bucket, repository, project, role, commit }. Options: files (more of them),
-- reports (the build's role may write test reports).
function delivery.make(name, options)
  options = options or {}
  local made = { name = name, bucket = name .. "-bucket", repository = name .. "-app", project = name .. "-build" }
  artifacts.bucket { name = made.bucket }
  source.repository { name = made.repository }
  local files = {
    ["index.html"] = "<h1>v1</h1>\n", ["check.sh"] = "grep -q v index.html\n",
    ["buildspec.yml"] = options.buildspec or buildspec,
  }
  for path, content in pairs(options.files or {}) do files[path] = content end
  made.commit = source.commit {
    repository = made.repository, files = files, message = "First", author = { name = "Ann", email = "ann@example.com" },
  }
  local build_role = roles.ensure {
    name = name .. "-build-role", service = "codebuild",
    allow = roles.codebuild { project = made.project, bucket = made.bucket, reports = true },
  }
  build.project { name = made.project, role = build_role }
  made.role = roles.ensure {
    name = name .. "-pipeline-role", service = "codepipeline",
    allow = roles.codepipeline { bucket = made.bucket, repositories = { made.repository }, projects = { made.project } },
  }
  return made
end

-- The pipeline's definition. Options: those of pipeline.define, and build (more options of the build action), approval
-- (false leaves the stage out).
function delivery.pipeline(made, options)
  options = options or {}
  local action = { name = "Unit", project = made.project, input = "Src", output = "Built" }
  for key, value in pairs(options.build or {}) do action[key] = value end
  local definition = {
    name = made.name .. "-pipeline", role = made.role, artifacts = made.bucket,
    pipeline.stage "Source" { source.codecommit {
      name = "Repo", repository = made.repository, output = "Src", poll = false, namespace = "Repo",
    } },
    pipeline.stage "Build" { build.codebuild(action), on_failure = options.on_failure },
    options.approval ~= false and pipeline.stage "Approval" { gate.manual "Ask" } or nil,
  }
  for key, value in pairs(options) do
    if key ~= "build" and key ~= "approval" and key ~= "on_failure" then definition[key] = value end
  end
  return pipeline.define(definition)
end

return delivery
