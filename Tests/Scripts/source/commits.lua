-- Needs: the local cloud
-- Commits of several files, deletions, bytes of any kind, branches, differences.
local check = require "check"

source.repository { name = "app", description = "First" }
check.yes(source.repository { name = "app", description = "Second" }, "an existing repository is no error")
check.equal(source.head("app", "main"), nil)

local every_byte = {}
for byte = 0, 255 do every_byte[byte + 1] = string.char(byte) end
every_byte = table.concat(every_byte)
local first, changed = source.commit {
  repository = "app", message = "Page, logo and tool", author = { name = "Ann", email = "ann@example.com" },
  files = {
    ["index.html"] = "v1\n", ["images/logo.png"] = every_byte,
    ["scripts/run.sh"] = { content = "#!/bin/sh\n", executable = true },
  },
}
check.equal(changed, true)
check.equal(source.head("app", "main"), first)
check.equal(source.files "app", { "images/logo.png", "index.html", "scripts/run.sh" })
check.equal(source.read("app", "images/logo.png"), every_byte)

-- The same again makes no commit.
local same, again = source.commit { repository = "app", files = { ["index.html"] = "v1\n" } }
check.equal(same, first)
check.equal(again, false)

-- Several changes are one commit, and the differences tell them.
local second = source.commit {
  repository = "app", files = { ["index.html"] = "v2\n", ["new.txt"] = "" }, delete = { "images/logo.png" }, message = "Second",
}
local found = {}
for _, change in ipairs(source.differences("app", first, second)) do
  found[#found + 1] = ("%s %s %d→%d"):format(change.change, change.path, #change.before(), #change.after())
end
table.sort(found)
check.equal(found, { "A new.txt 0→0", "D images/logo.png 256→0", "M index.html 3→3" })
local described = source.describe("app", second)
check.equal(described.parents, { first })
check.equal(source.describe("app", first).email, "ann@example.com")
check.equal(#source.history("app", "main", 5), 2)
check.equal(source.read("app", "index.html", first), "v1\n")

-- A branch of its own; a parent that is not the newest is refused, without one the files go on top.
check.equal(source.branch { repository = "app", name = "next" }, second)
check.equal(source.branches "app", { "main", "next" })
local third = source.commit { repository = "app", branch = "next", files = { ["index.html"] = "v3\n" } }
check.equal(source.head("app", "main"), second)
check.raises("ParentCommitIdOutdatedException", function()
  source.commit { repository = "app", branch = "next", parent = second, files = { ["a"] = "b" } }
end)
local fourth = source.commit { repository = "app", branch = "next", files = { ["a"] = "b" } }
check.equal(source.describe("app", fourth).parents, { third })
check.equal(source.delete_branch("app", "next"), true)
check.equal(source.delete_branch("app", "next"), false)

-- Several writers at once: every commit is there in the end.
task.map({ 1, 2, 3, 4 }, function(number)
  source.commit { repository = "app", files = { ["file" .. number] = tostring(number) }, message = "File " .. number }
end)
check.equal(#source.history("app", "main", 20), 6)

-- An edit as a value; one that finds nothing to change is an error.
local edit = source.push("index.html", { from = "v2", to = "100%1" })
check.equal(edit { repository = "app" }, source.head("app", "main"))
check.equal(source.read("app", "index.html"), "100%1\n")
check.fails(function() edit { repository = "app" } end, 'does not contain "v2"')
check.fails(function() source.push({ files = { ["new.txt"] = "" } })({ repository = "app" }) end, "nothing was pushed")

-- Mistakes.
check.fails(function() source.commit { repository = "app" } end, "give files or delete")
check.fails(function() source.commit { repository = "app", files = { a = 1 } } end, "content of a is a number")
check.fails(function() source.commit { repositry = "app", files = {} } end, 'no option "repositry" (did you mean "repository"?)',
  "commits.lua:")
source.delete_repository "app"
source.delete_repository "app"
