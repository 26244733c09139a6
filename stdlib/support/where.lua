-- Where in the script a primitive was called, so that a mistake is shown with the line that made it.

local where = {}

-- The position ("deploy.lua:12") of the code `depth` calls above the caller of where.here: 1 is the line that called
-- the function which asks. Uses error's own position prefix, since scripts in a sandbox have no debug library.
function where.here(depth)
  local _, prefix = pcall(error, "", (depth or 1) + 3)
  return (prefix:gsub(":%s*$", ""))
end

return where
