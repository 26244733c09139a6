--- Makes the library reachable in a new runtime; called once, before any script. Returns the function that
--- preloads names.
---
--- Adds the search for `require "awscicd.NAME"`, puts the folders of the script's own modules before Lua's path, and makes
--- each preloaded name a global that opens its module when it is touched first: a script pays for what it uses. `require`
--- gives the same module by that name, unless the script has a file or a rock of its own so called.
---
---@param find fun(name: string): function|nil, string|nil  the loader of a library module and where it is from
---@param paths { before: string[], after: string[], compiled_before: string[], compiled_after: string[] }  templates to
---  put around package.path and package.cpath
---@param searchers function[]  what `require` asks; empty in a sandbox
---@param lock nil|fun(module: table): table  in a sandbox: what makes a proxy that cannot be changed
local find, paths, searchers, lock = ...

local error, ipairs, pairs, rawget, rawset, require, setmetatable, tostring, type =
  error, ipairs, pairs, rawget, rawset, require, setmetatable, tostring, type
local globals = _G
if lock then globals.os = lock(globals.os) end
--- What opens a preloaded module, by its name.
---@type table<string, fun(): any>
local openers = {}

--- Scripts add kinds of their own: data, which is not locked.
local open_modules = { ["awscicd.teardown.kinds"] = true }

-- A module that one script of a sandbox changes would be another for everybody who requires it.
local function locking(loader)
  return function(...)
    local module = loader(...)
    return type(module) == "table" and lock(module) or module
  end
end

-- After the preloaded modules and before the search of files, so that no file in the current folder can stand in for the
-- library. A sandbox has the library and nothing else to require.
table.insert(searchers, package and 2 or 1, function(name)
  local loader, from
  if name:find "^awscicd%." then
    loader, from = find(name)
    if loader and lock and not open_modules[name] then loader = locking(loader) end
  elseif package then
    return nil
  else
    loader, from = openers[name], "awscicd." .. name
  end
  if not loader then
    local refused = package and "" or "; a sandbox loads no other files and no C modules"
    error("module '" .. name .. "' not found in the built-in library" .. refused, 0)
  end
  return loader, from
end)

if package then
  local function around(before, middle, after)
    local parts = {}
    for _, list in ipairs { before, { middle }, after } do
      for _, template in ipairs(list) do parts[#parts + 1] = template end
    end
    return table.concat(parts, ";")
  end
  package.path = around(paths.before, package.path, paths.after)
  package.cpath = around(paths.compiled_before, package.cpath, paths.compiled_after)
  -- Last, since a name without "awscicd." is the script's own first.
  searchers[#searchers + 1] = function(name)
    local opener = openers[name]
    if opener then return opener, "awscicd." .. name end
  end
else
  for _, name in ipairs { "_G", "coroutine", "math", "os", "string", "table", "utf8" } do
    local library = globals[name]
    if library then openers[name] = function() return library end end
  end
end

--- Makes a name a global that stands in for its module until that is used.
local function preload(name)
  local stand_in, meta = {}, {}

  local function open()
    local module = require("awscicd." .. name)
    -- From now on the module itself is the global; who kept the stand-in reaches the module through it.
    if rawget(globals, name) == stand_in then rawset(globals, name, module) end
    if type(module) == "table" then
      meta.__index, meta.__newindex = module, module
    end
    return module
  end

  meta.__name = name
  meta.__index = function(_, key) return open()[key] end
  meta.__newindex = function(_, key, value) open()[key] = value end
  meta.__call = function(_, ...) return open()(...) end
  meta.__pairs = function()
    return pairs(open())
  end
  meta.__tostring = function() return tostring(open()) end
  globals[name] = setmetatable(stand_in, meta)
  openers[name] = open
end

---@param names string[]  the names to preload
return function(names)
  for i = 1, #names do preload(names[i]) end
end
