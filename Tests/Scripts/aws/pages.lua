-- Walks over pages that end at a number of items and go on from there.
local check = require "check"

for number = 1, 7 do aws.iam.create_user { UserName = "user" .. number } end

local function names(options)
  local pages, found = aws.iam.pages.list_users({}, options), {}
  for user in pages:items() do found[#found + 1] = user.UserName end
  return table.concat(found, " "), pages:resume_token()
end

local first, token = names { page_size = 2, max_items = 3 }
check.equal(first, "user1 user2 user3")
local second, nothing = names { page_size = 2, max_items = 10, starting_token = check.truthy(token) }
check.equal(second, "user4 user5 user6 user7")
check.equal(nothing, nil, "nothing is left")

local part = aws.iam.pages.list_users({}, { max_items = 5 }):full_result()
check.equal(#part.Users, 5)
check.equal(#aws.iam.pages.list_users({}, { starting_token = part.NextToken }):full_result().Users, 2)
check.equal(part:query "Users[0].UserName", "user1")

check.fails(function() names { starting_token = "of another" } end, "starting token", "ListUsers")
check.fails(function() names { max_items = -1 } end, "max_items must not be negative", "pages.lua")
check.fails(function() names { max_itms = 1 } end, "max_itms", "max_items")
check.fails(function() aws.iam.pages.list_user {} end, "list_user", "did you mean")
check.fails(function() aws.iam.pages.get_user {} end, "does not answer in pages")

-- Two tasks that share one pager are told so, and neither loses a page.
local shared = aws.iam.pages.list_users({}, { page_size = 1 })
check.equal(#shared:all(), 7)
