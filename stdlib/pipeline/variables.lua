-- A pipeline's variables: { NAME = "default" }, or { NAME = { default =, description = } } (false: a value has to be given
-- at every start), as CodePipeline's declarations.

local list = require "awscicd.support.list"

local variables = {}

-- CodePipeline's own form, a list of { name =, defaultValue =, description = }, is taken as it is.
local function is_declared(given) return #given > 0 end

-- The names, as a set.
function variables.names(given)
  local names = {}
  if type(given) ~= "table" then return names end
  if is_declared(given) then
    for _, one in ipairs(given) do names[tostring(type(one) == "table" and one.name)] = true end
  else
    for name in pairs(given) do names[tostring(name)] = true end
  end
  return names
end

function variables.problems(given)
  local problems = {}
  for _, name in ipairs(list.keys(variables.names(given))) do
    if not name:find("^[%w@_-]+$") or #name > 128 then
      problems[#problems + 1] = ("variable %q: a name has only letters, digits, @ - and _, at most 128"):format(name)
    end
  end
  return problems
end

function variables.structure(given)
  if given == nil or is_declared(given) then return given end
  return list.map(list.keys(given), function(name)
    local value = given[name]
    local described = type(value) == "table" and value or { default = value }
    local default = described.default
    if default == false then default = nil end
    return { name = name, defaultValue = default ~= nil and tostring(default) or nil, description = described.description }
  end)
end

return variables
