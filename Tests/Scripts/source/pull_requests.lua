-- Needs: the local cloud
-- Pull requests: opened, looked at, approved, merged in each way, closed.
local check = require "check"

source.repository { name = "app" }
source.commit { repository = "app", files = { ["index.html"] = "v1\n" }, message = "First" }

local function propose(branch, text)
  source.branch { repository = "app", name = branch }
  source.commit { repository = "app", branch = branch, files = { [branch .. ".txt"] = text }, message = "On " .. branch }
  return source.pull_request { repository = "app", from = branch, title = "Add " .. branch, description = "For the test" }
end

local one = propose("one", "1\n")
check.equal(one:describe().title, "Add one")
local changes = one:differences()
check.equal(#changes, 1)
check.equal(changes[1].path, "one.txt")
check.equal(changes[1].after(), "1\n")
check.raises("PullRequestCannotBeApprovedByAuthorException", function() one:approve() end)
check.equal(one:merge(), source.head("app", "main"))
check.equal(one:describe().pullRequestStatus, "CLOSED")
check.equal(source.read("app", "one.txt"), "1\n")

local two = propose("two", "2\n")
check.equal(two:merge { how = "squash", message = "Two, squashed" }, source.head("app", "main"))
check.equal(source.describe("app", source.head("app", "main")).message, "Two, squashed")

local three = propose("three", "3\n")
local head = three:merge { how = "three_way", message = "Three, merged" }
check.equal(#source.describe("app", head).parents, 2)

local four = propose("four", "4\n")
check.equal(#source.pull_requests "app", 1)
four:close()
check.equal(#source.pull_requests "app", 0)
check.equal(#source.pull_requests("app", "CLOSED"), 4)
check.equal(source.get_pull_request("app", four.id):describe().pullRequestStatus, "CLOSED")
check.fails(function() source.pull_request { repository = "app", from = "four" } end, "title is missing")
