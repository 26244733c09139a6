-- Needs: the local cloud
-- The examples of the page on calling AWS, one after the other, as they stand.
local check, documentation = require "check", require "documentation"

local blocks = documentation.blocks("Sources/AWSCICD/AWSCICD.docc/AWS.md", "lua")
check.equal(#blocks, 6)
for _, block in ipairs(blocks) do documentation.run(block) end

-- What the page says of options and of names is what the client takes.
local page = fs.read(documentation.root .. "/Sources/AWSCICD/AWSCICD.docc/AWS.md")
for name in page:match("`aws%.client` takes (.-)\n\n"):gmatch "`([%w_]+)`" do
  local _, problem = pcall(aws.client, { [name] = {} })
  check.lacks(problem, "unknown option", "has no")
end
