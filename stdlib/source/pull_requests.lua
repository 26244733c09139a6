-- Pull requests of CodeCommit repositories.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local pull_requests = {}

local PullRequest = {}
PullRequest.__index = PullRequest
PullRequest.__tostring = function(self) return ("pull request %s of %s"):format(self.id, self.repository) end

-- A pull request that exists, by its id.
function pull_requests.get(repository, id)
  return setmetatable({ repository = repository, id = tostring(id) }, PullRequest)
end

-- Opens a pull request. Options: repository, from (branch), to ("main"), title, description. Returns it.
function pull_requests.create(options)
  options = options_of.check("source.pull_request", options, {
    repository = "!string", from = "!string", to = "string", title = "!string", description = "string",
  })
  local made = aws.codecommit.create_pull_request {
    title = options.title, description = options.description,
    targets = { {
      repositoryName = options.repository, sourceReference = options.from, destinationReference = options.to or "main",
    } },
  }.pullRequest
  return pull_requests.get(options.repository, made.pullRequestId)
end

-- The pull requests of a repository that are "OPEN" (or "CLOSED").
function pull_requests.list(repository, status)
  local found = {}
  for page in aws.codecommit.pages.list_pull_requests { repositoryName = repository, pullRequestStatus = status or "OPEN" } do
    list.append(found, list.map(page.pullRequestIds, function(id) return pull_requests.get(repository, id) end))
  end
  return found
end

-- CodeCommit's description: { title, authorArn, pullRequestStatus, revisionId, pullRequestTargets, ... }.
function PullRequest:describe() return aws.codecommit.get_pull_request { pullRequestId = self.id }.pullRequest end

-- The files that it changes, against where it began; see source.differences.
function PullRequest:differences()
  local target = self:describe().pullRequestTargets[1]
  local changes = require "awscicd.source.changes"
  return changes.differences(self.repository, target.mergeBase or target.destinationCommit, target.sourceCommit)
end

-- Approves it in the name of the caller, or takes that back with state "REVOKE".
function PullRequest:approve(state)
  aws.codecommit.update_pull_request_approval_state {
    pullRequestId = self.id, revisionId = self:describe().revisionId, approvalState = state or "APPROVE",
  }
  return self
end

-- Merges it. Options: how ("fast_forward", the default, "squash" or "three_way"), message. Returns the commit that the
-- destination points to then.
function PullRequest:merge(options)
  options = options_of.check("merge", options, { how = { "fast_forward", "squash", "three_way" }, message = "string" })
  local now = self:describe().pullRequestTargets[1]
  local how = options.how or "fast_forward"
  local merged = aws.codecommit["merge_pull_request_by_" .. how] {
    pullRequestId = self.id, repositoryName = self.repository, sourceCommitId = now.sourceCommit,
    commitMessage = how ~= "fast_forward" and options.message or nil,
  }.pullRequest
  if how == "fast_forward" then return now.sourceCommit end  -- it makes no commit of its own, and names none
  local metadata = merged.pullRequestTargets[1].mergeMetadata
  return metadata and metadata.mergeCommitId
end

-- Closes it without merging.
function PullRequest:close()
  aws.codecommit.update_pull_request_status { pullRequestId = self.id, pullRequestStatus = "CLOSED" }
  return self
end

return pull_requests
