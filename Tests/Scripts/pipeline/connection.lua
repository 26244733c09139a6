-- Needs: the local cloud
-- Sources behind a connection (GitHub, GitLab, Bitbucket) and their triggers: defined, compared with what is there, and
-- refused by the local cloud, which has no connections.
local check = require "check"
local diff = require "awscicd.pipeline.diff"

local connection = "arn:aws:codeconnections:us-east-1:123456789012:connection/0aeb1ed1-5c6d-4f4e-a3c8-2b7a90c40b1a"
local role = "arn:aws:iam::123456789012:role/connected"

local function define(triggers, first)
  return pipeline.define {
    name = "connected", role = role, artifacts = "connected-artifacts", triggers = triggers,
    pipeline.stage "Source" { first or source.connection {
      name = "Repo", connection = connection, repository = "team/site", output = "Src",
    } },
    pipeline.stage "Approval" { gate.manual "Approval" },
  }
end

local release = define {
  pipeline.on_push { source = "Repo", branches = { "main", "release/*" }, paths = { exclude = "docs/**" } },
  pipeline.on_push { source = "Repo", tags = "v*" },
  pipeline.on_pull_request { source = "Repo", branches = "main", events = { "OPEN", "UPDATED" } },
}
local structure = release:structure()
check.equal(structure.stages[1].actions[1].actionTypeId.provider, "CodeStarSourceConnection")
check.equal(structure.stages[1].actions[1].configuration, {
  ConnectionArn = connection, FullRepositoryId = "team/site", BranchName = "main",
})
check.equal(structure.triggers, { {
  providerType = "CodeStarSourceConnection",
  gitConfiguration = {
    sourceActionName = "Repo",
    push = {
      { branches = { includes = { "main", "release/*" } }, filePaths = { excludes = { "docs/**" } } },
      { tags = { includes = { "v*" } } },
    },
    pullRequest = { { branches = { includes = { "main" } }, events = { "OPEN", "UPDATED" } } },
  },
} })

-- What differs: a trigger that changed or that is to go. A definition that says nothing of triggers leaves them alone.
local function changes(triggers)
  return table.concat(diff.lines(diff.changes(structure, define(triggers):structure())), "\n")
end
check.equal(changes(nil), "")
check.has(changes { pipeline.on_push { source = "Repo", branches = "main" } }, "~ triggers:", "release/*")
check.has(changes {}, "~ triggers:", "→ []")

-- Mistakes, all at once.
check.fails(function()
  define({
    pipeline.on_push { source = "Repos" }, pipeline.on_push { branch = "main", source = "Repo" }, { on = "push" },
  })
end, 'no source action is named "Repos" (did you mean "Repo"?)', 'no option "branch" (did you mean "branches"?)',
  "trigger 3 is neither pipeline.on_push nor pipeline.on_pull_request")
local codecommit = source.codecommit { name = "Repo", repository = "site", output = "Src" }
check.fails(function() define({ pipeline.on_push { source = "Repo" } }, codecommit) end,
  '"Repo" is a source in CodeCommit; triggers work on source.connection only (use source.trigger for CodeCommit)')

-- The local cloud says what it lacks, and what to use instead. A trigger that could never fire is refused as well.
artifacts.bucket { name = "connected-artifacts" }
role = roles.ensure({ name = "connected", service = "codepipeline", allow = roles.artifacts "connected-artifacts" }).arn
check.fails(function() define({ pipeline.on_push { source = "Repo" } }):apply { check = false } end,
  "InvalidActionDeclaration", "Action 'Repo'", "The local cloud has no connections", "CodeCommit or S3")
local raw = define(nil, codecommit):structure()
raw.triggers = json.list { {
  providerType = "CodeStarSourceConnection", gitConfiguration = { sourceActionName = "Repo", push = { {} } },
} }
check.fails(function() aws.codepipeline.create_pipeline { pipeline = raw } end, "InvalidStructure",
  "A trigger names the source action 'Repo'", "a rule of EventBridge")
raw.triggers = nil
check.equal(aws.codepipeline.create_pipeline({ pipeline = raw }).pipeline.version, 1)
