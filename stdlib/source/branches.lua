-- CodeCommit repositories and their branches.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local branches = {}

-- A repository, created when it is not there. Options: name, description, tags. Returns { name, arn, clone_url }.
function branches.repository(options)
  options = options_of.check("source.repository", options, { name = "!string", description = "string", tags = "table" })
  local name = options.name
  local found, err = aws.codecommit.try.get_repository { repositoryName = name }
  if not found then
    if not err:is("RepositoryDoesNotExistException") then error(err) end
    found = aws.codecommit.create_repository {
      repositoryName = name, repositoryDescription = options.description, tags = options.tags,
    }
  end
  local metadata = found.repositoryMetadata
  return { name = name, arn = metadata.Arn, clone_url = metadata.cloneUrlHttp }
end

-- Deletes a repository with all that it holds. Returns false when there was none.
function branches.delete_repository(name)
  return aws.codecommit.delete_repository { repositoryName = name }.repositoryId ~= nil
end

-- The commit that a branch ("main") points to, or nil when the branch (or anything in the repository) is not there yet.
function branches.head(repository, branch)
  local found, err = aws.codecommit.try.get_branch { repositoryName = repository, branchName = branch or "main" }
  if found then return found.branch.commitId end
  if err:is("BranchDoesNotExistException", "RepositoryEmptyException") then return nil end
  error(err)
end

-- The names of a repository's branches, sorted.
function branches.list(repository)
  local names = {}
  for page in aws.codecommit.pages.list_branches { repositoryName = repository } do list.append(names, page.branches) end
  table.sort(names)
  return names
end

-- A branch, made from a commit or from another branch ("main") when it is not there. Options: repository, name, from.
-- Returns the commit that it points to.
function branches.create(options)
  options = options_of.check("source.branch", options, { repository = "!string", name = "!string", from = "string" })
  local present = branches.head(options.repository, options.name)
  if present then return present end
  local from = options.from or "main"
  local commit = from:find("^%x+$") and #from == 40 and from or branches.head(options.repository, from)
  if not commit then error(("source.branch: %s has no branch %q to start from"):format(options.repository, from), 2) end
  aws.codecommit.create_branch { repositoryName = options.repository, branchName = options.name, commitId = commit }
  return commit
end

-- Deletes a branch. Returns false when there was none.
function branches.delete(repository, name)
  return aws.codecommit.delete_branch { repositoryName = repository, branchName = name }.deletedBranch ~= nil
end

return branches
