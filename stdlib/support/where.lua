-- Where in the script a primitive was called, so that a mistake is shown with the line that made it.

local where = {}

-- More calls than stand between a script's line and the library's innermost function.
local deepest = 60

-- The position ("deploy.lua:12") of the innermost line that is not the library's own. Uses error's own position prefix,
-- since scripts in a sandbox have no debug library.
function where.script()
  for level = 3, deepest do
    local _, prefix = pcall(error, "", level)
    local position = prefix:gsub(":%s*$", "")
    if position ~= "" and not position:find("^awscicd%.") then return position end
  end
  return "?"
end

return where
