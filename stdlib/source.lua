--- Repositories, commits, and what starts a pipeline from them.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"
local where = require "awscicd.support.where"

local source = {}

-- A source action for pipeline.stage. Options: repository, branch ("main"), output ("Source"), name, namespace,
-- poll (true: the pipeline polls the repository itself; false: source.trigger starts it).
function source.codecommit(options)
  return {
    primitive = "source.codecommit", line = where.here(1),
    name = options.name or options.repository,
    category = "Source", provider = "CodeCommit",
    needs = { repository = options.repository }, required = { "repository" },
    configuration = {
      RepositoryName = options.repository, BranchName = options.branch or "main",
      PollForSourceChanges = options.poll == false and "false" or nil,
    },
    inputs = {}, outputs = { options.output or "Source" },
    namespace = options.namespace, run_order = options.run_order, role = options.role, region = options.region,
  }
end

-- A source action on an object of a versioned bucket: a zip. Options: bucket, key, output, name, poll.
function source.s3(options)
  return {
    primitive = "source.s3", line = where.here(1), name = options.name or options.key,
    category = "Source", provider = "S3", needs = { bucket = options.bucket, key = options.key },
    required = { "bucket", "key" },
    configuration = {
      S3Bucket = options.bucket, S3ObjectKey = options.key, PollForSourceChanges = options.poll == false and "false" or nil,
    },
    inputs = {}, outputs = { options.output or "Source" },
    namespace = options.namespace, run_order = options.run_order, role = options.role, region = options.region,
  }
end

-- A repository, created when it is not there. Options: name, description, tags. Returns { name, arn, clone_url }.
function source.repository(options)
  local name = assert(options.name, "source.repository: name is missing")
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

-- The commit that a branch points to, or nil when the branch (or anything in the repository) is not there yet.
function source.head(repository, branch)
  local found, err = aws.codecommit.try.get_branch { repositoryName = repository, branchName = branch or "main" }
  if found then return found.branch.commitId end
  if err:is("BranchDoesNotExistException", "RepositoryEmptyException") then return nil end
  error(err)
end

-- Puts files on a branch as one commit, and returns its id. Options: repository, branch, files = { path = content },
-- delete = { path, ... }, message, author = { name=, email= }. Files that are the same already change nothing: then the
-- branch's present commit is returned, with false.
function source.commit(options)
  local repository, branch = assert(options.repository, "source.commit: repository is missing"), options.branch or "main"
  local parent = source.head(repository, branch)
  local put, remove = {}, {}
  for _, path in ipairs(list.keys(options.files)) do
    local content = options.files[path]
    local executable = type(content) == "table" and content.executable
    put[#put + 1] = {
      filePath = path, fileContent = type(content) == "table" and content.content or content,
      fileMode = executable and "EXECUTABLE" or "NORMAL",
    }
  end
  for _, path in ipairs(options.delete or {}) do remove[#remove + 1] = { filePath = path } end
  local author = options.author or {}
  local made, err = aws.codecommit.try.create_commit {
    repositoryName = repository, branchName = branch, parentCommitId = parent,
    putFiles = #put > 0 and put or nil, deleteFiles = #remove > 0 and remove or nil,
    commitMessage = options.message or "Update", authorName = author.name, email = author.email,
  }
  if made then return made.commitId, true end
  if err:is("NoChangeException", "SameFileContentException") then return parent, false end
  error(err)
end

-- The text of a file on a branch or at a commit.
function source.read(repository, path, at)
  return aws.codecommit.get_file { repositoryName = repository, filePath = path, commitSpecifier = at or "main" }.fileContent
end

-- A change for run:follow { trigger = ... }: calling it commits, and gives the commit's id. source.push("index.html",
-- { from = "v2", to = "v3" }) replaces text in one file; source.push { files = { ... } } commits whole files.
-- Options beyond these: repository, branch, message, author. The pipeline fills in its own repository and branch.
function source.push(path, change)
  if type(path) == "table" then
    path, change = path[1], path
  end
  change = change or {}
  return setmetatable({ primitive = "source.push", change = change, path = path }, { __call = function(_, defaults)
    defaults = defaults or {}
    local repository = change.repository or defaults.repository
    local branch = change.branch or defaults.branch or "main"
    local files = change.files
    if path then
      local before = source.read(repository, path, branch)
      if not before:find(assert(change.from, "source.push: from is missing"), 1, true) then
        error(("source.push: %s on %s does not contain %q"):format(path, branch, change.from), 0)
      end
      local after = before:gsub((change.from:gsub("%p", "%%%0")), (change.to:gsub("%%", "%%%%")))
      files = { [path] = after }
    end
    return (source.commit {
      repository = repository, branch = branch, files = files, author = change.author,
      message = change.message or (path and ("%s: %s → %s"):format(path, change.from, change.to)) or "Update",
    })
  end })
end

-- A commit, as plain fields: { id, message, author, email, date, parents }.
function source.describe(repository, id)
  local commit = aws.codecommit.get_commit { repositoryName = repository, commitId = id }.commit
  return {
    id = id, message = commit.message, author = commit.author and commit.author.name,
    email = commit.author and commit.author.email, date = commit.author and commit.author.date,
    parents = commit.parents or {},
  }
end

-- The files that differ between two commits: { { path, change = "A" | "M" | "D", before, after } }; `before` and `after`
-- are functions that fetch the text when it is wanted. `from` nil compares with the empty tree.
function source.differences(repository, from, to)
  local found = {}
  for page in aws.codecommit.pages.get_differences {
    repositoryName = repository, beforeCommitSpecifier = from, afterCommitSpecifier = to,
  } do
    for _, item in ipairs(page.differences) do
      local function text(blob)
        if not blob then return function() return "" end end
        return function() return aws.codecommit.get_blob { repositoryName = repository, blobId = blob.blobId }.content end
      end
      found[#found + 1] = {
        path = (item.afterBlob or item.beforeBlob).path, change = item.changeType,
        before = text(item.beforeBlob), after = text(item.afterBlob),
      }
    end
  end
  return found
end

-- An EventBridge rule that starts a pipeline when the branch moves: at once, where polling takes up to a minute.
-- Options: name, repository, branch, pipeline, role (ARN that EventBridge assumes), tags. Returns the rule's ARN.
function source.trigger(options)
  local name = assert(options.name, "source.trigger: name is missing")
  local rule = aws.events.put_rule {
    Name = name, State = "ENABLED", Tags = options.tags and tags.upper(options.tags),
    Description = ("Starts %s when %s of %s moves"):format(options.pipeline, options.branch or "main", options.repository),
    EventPattern = json.encode {
      source = { "aws.codecommit" }, ["detail-type"] = { "CodeCommit Repository State Change" },
      resources = { arn.of("codecommit", options.repository) },
      detail = {
        event = { "referenceCreated", "referenceUpdated" }, referenceType = { "branch" },
        referenceName = { options.branch or "main" },
      },
    },
  }.RuleArn
  aws.events.put_targets {
    Rule = name,
    Targets = { { Id = "pipeline", Arn = arn.of("codepipeline", options.pipeline), RoleArn = tostring(options.role) } },
  }
  return rule
end

return source
