--- Repositories, commits, and what starts a pipeline from them.
--
--   source.repository { name = "demo" }
--   source.commit { repository = "demo", files = { ["index.html"] = page }, message = "First page" }
--   source.commit { repository = "demo", files = { ["logo.png"] = fs.read "logo.png" }, delete = { "old.txt" } }

local action = require "awscicd.pipeline.action"
local branches = require "awscicd.source.branches"
local changes = require "awscicd.source.changes"
local commits = require "awscicd.source.commits"
local module = require "awscicd.support.module"
local pull_requests = require "awscicd.source.pull_requests"
local push = require "awscicd.source.push"
local starts = require "awscicd.source.starts"

local source = module("source", {
  repository = branches.repository, delete_repository = branches.delete_repository,
  branches = branches.list, branch = branches.create, delete_branch = branches.delete, head = branches.head,
  commit = commits.commit, push = push, read = commits.read, files = commits.files,
  describe = changes.describe, differences = changes.differences, history = changes.history,
  pull_request = pull_requests.create, pull_requests = pull_requests.list, get_pull_request = pull_requests.get,
  trigger = starts.trigger, schedule = starts.schedule,
})

local function polling(given) return given.poll == false and "false" or nil end

-- A source action for pipeline.stage. Options: repository, branch ("main"), output ("Source"), poll (true: the pipeline
-- polls the repository itself; false: source.trigger starts it), format ("CODE_ZIP", or "CODEBUILD_CLONE_REF" for a build
-- with the whole git history), and name, namespace, run_order, role, region.
function source.codecommit(options)
  return action.new("source.codecommit", options, {
    repository = "!string", branch = "string", output = "string", poll = "boolean",
    format = { "CODE_ZIP", "CODEBUILD_CLONE_REF" },
  }, function(given)
    return {
      name = given.repository, category = "Source", provider = "CodeCommit", output = "Source",
      configuration = {
        RepositoryName = given.repository, BranchName = given.branch or "main", PollForSourceChanges = polling(given),
        OutputArtifactFormat = given.format,
      },
    }
  end)
end

-- A source action on an object of a versioned bucket: a zip. Options: bucket, key, output ("Source"), poll, and the common
-- ones; without a name it has the object's, with - for what a name may not hold.
function source.s3(options)
  return action.new("source.s3", options, {
    bucket = "!string", key = "!string", output = "string", poll = "boolean",
  }, function(given)
    return {
      name = type(given.key) == "string" and given.key:match("[^/]*$"):gsub("[^%w.@_-]", "-") or nil,
      category = "Source", provider = "S3", output = "Source",
      configuration = { S3Bucket = given.bucket, S3ObjectKey = given.key, PollForSourceChanges = polling(given) },
    }
  end)
end

-- A source action on a repository elsewhere (GitHub, GitLab, Bitbucket) through a connection. Options: connection (ARN),
-- repository ("owner/name"), branch ("main"), output ("Source"), detect (true: a push starts the pipeline; say which with
-- pipeline.on_push), format, and the common ones.
function source.connection(options)
  return action.new("source.connection", options, {
    connection = "!string", repository = "!string", branch = "string", output = "string", detect = "boolean",
    format = { "CODE_ZIP", "CODEBUILD_CLONE_REF" },
  }, function(given)
    return {
      name = type(given.repository) == "string" and given.repository:gsub("[^%w.@_-]", "-") or nil,
      category = "Source", provider = "CodeStarSourceConnection", output = "Source",
      configuration = {
        ConnectionArn = given.connection, FullRepositoryId = given.repository, BranchName = given.branch or "main",
        DetectChanges = given.detect == false and "false" or nil, OutputArtifactFormat = given.format,
      },
    }
  end)
end

return source
