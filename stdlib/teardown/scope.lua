-- What a teardown is about: resources by exact name, by name prefix, by tag, and what services made for them.

local list = require "awscicd.support.list"

local Scope = {}
Scope.__index = Scope

-- The tag that protects a resource from every teardown, whatever its value.
Scope.protection_tag = "awscicd:protect"

-- Options:
--   names    = { kind = { name, ... } }   exact names, by kind
--   prefixes = { "awscicd-", ... }        of names, of any kind
--   tag      = { key = value }            every tag must be there with this value
--   protect  = { pattern, ... }           names that are never touched (Lua patterns)
function Scope.of(options)
  local scope = setmetatable({
    names = {}, prefixes = options.prefixes or {}, tag = options.tag or {}, protect = options.protect or {},
    patterns = {}, found = {},
  }, Scope)
  for kind, names in pairs(options.names or {}) do scope.names[kind] = type(names) == "table" and names or { names } end
  if next(scope.names) == nil and #scope.prefixes == 0 and next(scope.tag) == nil then
    error("teardown: say what to delete: names, prefixes or a tag", 0)
  end
  for _, prefix in ipairs(scope.prefixes) do
    if #prefix < 3 then error(("teardown: the prefix %q is too short to be safe"):format(prefix), 0) end
  end
  return scope
end

local function escaped(text) return (text:gsub("%p", "%%%0")) end

-- Adds a name pattern for a kind: what a service makes on its own for something that is in scope.
function Scope:expect(kind, prefix)
  self.patterns[kind] = self.patterns[kind] or {}
  table.insert(self.patterns[kind], "^" .. escaped(prefix))
end

-- Whether tags are to be looked at; asking for them costs a call for each resource in many services.
function Scope:by_tag() return next(self.tag) ~= nil end

-- Whether a resource is in scope. `tags` is a map, a function that fetches it, or nil.
function Scope:matches(kind, name, tags)
  if list.contains(self.names[kind], name) then return true end
  for _, prefix in ipairs(self.prefixes) do
    if name:sub(1, #prefix) == prefix then return true end
  end
  for _, pattern in ipairs(self.patterns[kind] or {}) do
    if name:find(pattern) then return true end
  end
  if not self:by_tag() or not tags then return false end
  local map = type(tags) == "function" and tags() or tags
  for key, value in pairs(self.tag) do
    if map[key] ~= value then return false end
  end
  return true
end

-- Why a resource is protected, or nil.
function Scope:protected(name, tags)
  for _, pattern in ipairs(self.protect) do
    if name:find(pattern) then return ("its name matches the protected pattern %q"):format(pattern) end
  end
  if type(tags) == "table" and tags[Scope.protection_tag] then
    return ("it has the tag %s; remove the tag to let it go"):format(Scope.protection_tag)
  end
end

-- The names of a kind that are in scope or were found.
function Scope:all_names(kind)
  local names = {}
  list.append(names, self.names[kind])
  for _, resource in ipairs(self.found[kind] or {}) do
    if not list.contains(names, resource.name) then names[#names + 1] = resource.name end
  end
  return names
end

return Scope
