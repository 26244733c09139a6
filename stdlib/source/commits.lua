-- Files of CodeCommit repositories: committed and read.

local branches = require "awscicd.source.branches"
local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local commits = {}

-- CreateCommit's limit of files in one commit.
local most_files = 100

local function entries(options)
  local put, remove = {}, {}
  for _, path in ipairs(list.keys(options.files)) do
    local content = options.files[path]
    local executable = type(content) == "table" and content.executable
    if type(content) == "table" then content = content.content end
    if type(path) ~= "string" or type(content) ~= "string" then
      error(("source.commit: the content of %s is a %s; it has to be a string, or { content =, executable = }"):format(
        tostring(path), type(content)), 3)
    end
    put[#put + 1] = { filePath = path, fileContent = content, fileMode = executable and "EXECUTABLE" or "NORMAL" }
  end
  for _, path in ipairs(options.delete or {}) do remove[#remove + 1] = { filePath = path } end
  if #put + #remove == 0 then error("source.commit: give files or delete", 3) end
  if #put + #remove > most_files then
    error(("source.commit: %d files; CodeCommit takes %d in one commit (push larger ones with git)"):format(
      #put + #remove, most_files), 3)
  end
  return put, remove
end

-- Puts files on a branch as one commit, and returns its id and true. Options: repository, branch ("main"), files = { [path]
-- = bytes, or { content = bytes, executable = true } }, delete = { path, ... }, message, author = { name =, email = },
-- parent (a commit id: then a branch that has moved on is an error; without it, the files are put on what is there). Files
-- that are the same already change nothing: then the branch's present commit is returned, with false.
function commits.commit(options)
  options = options_of.check("source.commit", options, {
    repository = "!string", branch = "string", files = "table", delete = "list", message = "string", author = "table",
    parent = "string",
  })
  local branch = options.branch or "main"
  local put, remove = entries(options)
  local author = options.author or {}
  for attempt = 1, 5 do
    local parent = options.parent or branches.head(options.repository, branch)
    local made, err = aws.codecommit.try.create_commit {
      repositoryName = options.repository, branchName = branch, parentCommitId = parent,
      putFiles = #put > 0 and put or nil, deleteFiles = #remove > 0 and remove or nil,
      commitMessage = options.message or "Update", authorName = author.name, email = author.email,
    }
    if made then return made.commitId, true end
    if err:is("NoChangeException", "SameFileContentException") then return parent, false end
    -- Somebody else's commit came between the look and ours.
    local moved = err:is(
      "ParentCommitIdOutdatedException", "ParentCommitIdRequiredException", "ConcurrentReferenceUpdateException")
    if options.parent or not moved or attempt == 5 then error(err) end
  end
end

-- The bytes of a file on a branch, at a tag or at a commit ("main").
function commits.read(repository, path, at)
  return aws.codecommit.get_file { repositoryName = repository, filePath = path, commitSpecifier = at or "main" }.fileContent
end

-- The paths of all files on a branch or at a commit ("main"), sorted.
function commits.files(repository, at)
  local found = {}
  local function walk(folder)
    local inside = aws.codecommit.get_folder { repositoryName = repository, commitSpecifier = at or "main", folderPath = folder }
    for _, file in ipairs(inside.files or {}) do found[#found + 1] = file.absolutePath end
    for _, sub in ipairs(inside.subFolders or {}) do walk(sub.absolutePath) end
  end
  walk("/")
  table.sort(found)
  return found
end

return commits
