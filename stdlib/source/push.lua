-- A change as a value, for pipeline:follow { trigger = ... }.

local commits = require "awscicd.source.commits"
local options_of = require "awscicd.support.options"

-- Calling the change commits it, and gives the commit's id. source.push("index.html", { from = "v2", to = "v3" }) replaces
-- text in one file; source.push { files = { ... }, delete = { ... } } commits whole files. Options beyond these:
-- repository, branch, message, author. The pipeline fills in its own repository and branch. A change that changes nothing
-- is an error: no pipeline would start.
return function(path, change)
  if type(path) == "table" then
    path, change = path[1], path
  end
  change = options_of.check("source.push", change, {
    "string", from = "string", to = "string", files = "table", delete = "list", repository = "string", branch = "string",
    message = "string", author = "table",
  })
  if path and not (change.from and change.to) then error("source.push: from or to is missing", 2) end
  if not path and not (change.files or change.delete) then error("source.push: give a path with from and to, or files", 2) end

  local function edited(repository, branch)
    local before = commits.read(repository, path, branch)
    if not before:find(change.from, 1, true) then
      error(("source.push: %s on %s does not contain %q"):format(path, branch, change.from), 0)
    end
    return { [path] = (before:gsub((change.from:gsub("%p", "%%%0")), (change.to:gsub("%%", "%%%%")))) }
  end

  return setmetatable({ primitive = "source.push", change = change, path = path }, { __call = function(_, defaults)
    defaults = defaults or {}
    local repository = change.repository or defaults.repository
    if not repository then error("source.push: repository is missing (the pipeline has no CodeCommit source)", 0) end
    local branch = change.branch or defaults.branch or "main"
    local id, changed = commits.commit {
      repository = repository, branch = branch, files = path and edited(repository, branch) or change.files,
      delete = change.delete, author = change.author,
      message = change.message or (path and ("%s: %s → %s"):format(path, change.from, change.to)) or "Update",
    }
    if not changed then
      error(("source.push: %s of %s holds these files already; nothing was pushed"):format(branch, repository), 0)
    end
    return id
  end })
end
