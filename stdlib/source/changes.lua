-- What commits say, and what differs between them.

local changes = {}

-- A commit, as plain fields: { id, message, author, email, date, parents (ids) }.
function changes.describe(repository, id)
  local commit = aws.codecommit.get_commit { repositoryName = repository, commitId = id }.commit
  return {
    id = id, message = commit.message, author = commit.author and commit.author.name,
    email = commit.author and commit.author.email, date = commit.author and commit.author.date,
    parents = commit.parents or {},
  }
end

-- The latest commits of a branch ("main"), newest first, along first parents; at most `count` (10).
function changes.history(repository, branch, count)
  local found = {}
  local id = aws.codecommit.get_branch { repositoryName = repository, branchName = branch or "main" }.branch.commitId
  while id and #found < (count or 10) do
    found[#found + 1] = changes.describe(repository, id)
    id = found[#found].parents[1]
  end
  return found
end

-- The files that differ between two commits, branches or tags: { { path, change = "A", "M" or "D", before(), after() } };
-- `before` and `after` are functions that fetch the bytes when they are wanted ("" where the file is not). `from` nil
-- compares with the empty tree.
function changes.differences(repository, from, to)
  local found = {}
  local function bytes(blob)
    if not blob then return function() return "" end end
    return function() return aws.codecommit.get_blob { repositoryName = repository, blobId = blob.blobId }.content end
  end
  for page in aws.codecommit.pages.get_differences {
    repositoryName = repository, beforeCommitSpecifier = from, afterCommitSpecifier = to,
  } do
    for _, item in ipairs(page.differences) do
      found[#found + 1] = {
        path = (item.afterBlob or item.beforeBlob).path, change = item.changeType,
        before = bytes(item.beforeBlob), after = bytes(item.afterBlob),
      }
    end
  end
  return found
end

return changes
