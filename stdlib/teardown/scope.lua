-- What a teardown is about: resources by exact name, by name prefix, by tag, and what services made for them.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"

local Scope = {}
Scope.__index = Scope

-- The tag that protects a resource from every teardown, whatever its value.
Scope.protection_tag = "awscicd:protect"

-- What Scope.of takes. A mistake is an error: a misspelt `protect`, or one that is no list, would protect nothing.
local specification = {
  names = "table", prefixes = "list", tag = "table", owner = "table", protect = "list", only = "list", order = "table",
}

local function check_known(kind, kinds, what)
  if kinds[kind] then return end
  local near = list.nearest(tostring(kind), list.keys(kinds))
  error(("teardown: %s the kind %q, which is not known%s"):format(
    what, tostring(kind), near and (" (did you mean %q?)"):format(near) or ""), 0)
end

local function check_texts(name, values)
  for _, value in ipairs(values or {}) do
    if type(value) ~= "string" then error(("teardown: %s holds a %s; it takes texts"):format(name, type(value)), 0) end
  end
end

-- Options:
--   names    = { kind = { name, ... } }   exact names, by kind
--   prefixes = { "awscicd-", ... }        of names, of any kind
--   tag      = { key = value }            every tag must be there with this value
--   owner    = { key = value }            what has one of these tags with another value is somebody else's: no prefix and no
--                                         service's name for it puts it into scope ("shop-" is a prefix of "shop-api-…" too)
--   protect  = { pattern, ... }           names that are never touched (Lua patterns)
function Scope.of(options, kinds)
  options = options_of.check("teardown", options, specification)
  for _, name in ipairs { "prefixes", "protect", "only" } do check_texts(name, options[name]) end
  if options.only and #options.only == 0 then error("teardown: only names no kind; leave it out to look at all", 0) end
  for _, kind in ipairs(options.only or {}) do check_known(kind, kinds, "only names") end
  local scope = setmetatable({
    names = {}, prefixes = options.prefixes or {}, tag = options.tag or {}, owner = options.owner or {},
    protect = options.protect or {}, expected = {}, found = {}, outside = {},
  }, Scope)
  for kind, names in pairs(options.names or {}) do
    check_known(kind, kinds, "names of")
    scope.names[kind] = type(names) == "table" and names or { names }
  end
  if next(scope.names) == nil and #scope.prefixes == 0 and next(scope.tag) == nil then
    error("teardown: say what to delete: names, prefixes or a tag", 0)
  end
  for _, prefix in ipairs(scope.prefixes) do
    if #prefix < 3 then error(("teardown: the prefix %q is too short to be safe"):format(prefix), 0) end
  end
  for _, pattern in ipairs(scope.protect) do
    local ok, problem = pcall(string.find, "", pattern)
    if not ok then error(("teardown: the protected pattern %q: %s"):format(pattern, problem:gsub("^.-:%d+: ", "")), 0) end
  end
  return scope
end

local function escaped(text) return (text:gsub("%p", "%%%0")) end

-- Adds what a service makes on its own for something that is in scope: names of `kind` that begin with `before .. name`
-- and go on with what the Lua pattern `rest` says ("$" for nothing more). What was made for a protected resource (`maker`,
-- where it is known) is protected with it: `expected[kind]` holds for each pattern that reason, or false.
function Scope:expect(kind, before, name, rest, maker)
  local patterns = self.expected[kind] or {}
  self.expected[kind] = patterns
  local pattern = "^" .. escaped(before .. name) .. rest
  local shielded = maker and self:protected(maker) and ("it belongs to %s, which is protected"):format(maker.name)
  patterns[pattern] = patterns[pattern] or shielded or false
end

-- The same for all resources of the kind `maker` that are in scope or were found.
function Scope:expect_of_each(maker, kind, before, rest)
  for _, name in ipairs(self:all_names(maker)) do
    local function is_it(resource) return resource.name == name end
    self:expect(kind, before, name, rest, list.find(self.found[maker], is_it))
  end
end

-- Takes over what another look at the same scope expected: its makers may be gone since.
function Scope:expect_as(other)
  for kind, patterns in pairs(other.expected) do
    self.expected[kind] = {}
    for pattern, why in pairs(patterns) do self.expected[kind][pattern] = why end
  end
end

-- Whether tags choose; asking for the tags of everything there is costs a call for each resource in many services.
function Scope:by_tag() return next(self.tag) ~= nil end

function Scope:has_prefix(name)
  return list.find(self.prefixes, function(prefix) return name:sub(1, #prefix) == prefix end) ~= nil
end

-- How a name puts a resource into scope: "name", "prefix", "made" (by a service, for something in scope), or nil.
function Scope:names_it(kind, name)
  if list.contains(self.names[kind], name) then return "name" end
  if self:has_prefix(name) then return "prefix" end
  for pattern in pairs(self.expected[kind] or {}) do
    if name:find(pattern) then return "made" end
  end
end

-- Whether a map of tags puts a resource into scope.
function Scope:tagged(tags)
  if not self:by_tag() then return false end
  for key, value in pairs(self.tag) do
    if tags[key] ~= value then return false end
  end
  return true
end

-- Whether a resource that was found `how` by its name is somebody else's by its tags.
function Scope:is_others(how, tags)
  if how == "name" then return false end
  for key, value in pairs(self.owner) do
    if tags[key] ~= nil and tags[key] ~= value then return true end
  end
  return false
end

-- Both in one, for kinds with a search of their own. `tags` is a map, or nil.
function Scope:matches(kind, name, tags)
  local how = self:names_it(kind, name)
  return how ~= nil and not self:is_others(how, tags or {}) or tags ~= nil and self:tagged(tags)
end

-- Why a resource is protected, or nil.
function Scope:protected(resource)
  for _, pattern in ipairs(self.protect) do
    if resource.name:find(pattern) then return ("its name matches the protected pattern %q"):format(pattern) end
  end
  for pattern, why in pairs(self.expected[resource.kind] or {}) do
    if why and resource.name:find(pattern) then return why end
  end
  if resource.unread then return "its tags, which may protect it, could not be read: " .. resource.unread end
  if resource.tags and resource.tags[Scope.protection_tag] then
    return ("it has the tag %s; remove the tag to let it go"):format(Scope.protection_tag)
  end
end

-- The names of a kind that are in scope or were found.
function Scope:all_names(kind)
  local names = list.append({}, self.names[kind])
  for _, resource in ipairs(self.found[kind] or {}) do
    if not list.contains(names, resource.name) then names[#names + 1] = resource.name end
  end
  return names
end

return Scope
