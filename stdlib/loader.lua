--- Makes the library reachable in a new runtime; called once, before any script. Returns the function that
--- preloads names.
---
--- Adds the search for `require "awscicd.NAME"`, puts the folders of the script's own modules before Lua's path, and makes
--- each preloaded name a global that opens its module when it is touched first: a script pays for what it uses.
---
---@param find fun(name: string): function|nil, string|nil  the loader of a library module and where it is from
---@param paths { before: string[], after: string[], compiled_before: string[], compiled_after: string[] }  templates to
---  put around package.path and package.cpath
local find, paths = ...

local error, getmetatable, next, pairs, rawget, rawset, setmetatable, tostring, type =
  error, getmetatable, next, pairs, rawget, rawset, setmetatable, tostring, type
local globals = _G

local function missing(name)
  return "module '" .. name .. "' not found in the built-in library"
end

local require = require
if package then
  -- Before the search of files, so that no file in the current folder can stand in for the library.
  table.insert(package.searchers, 2, function(name)
    if not name:find "^awscicd%." then return nil end
    local loader, from = find(name)
    if not loader then error(missing(name), 0) end
    return loader, from
  end)
  local function around(before, middle, after)
    local parts = {}
    for _, list in ipairs { before, { middle }, after } do
      for _, template in ipairs(list) do parts[#parts + 1] = template end
    end
    return table.concat(parts, ";")
  end
  package.path = around(paths.before, package.path, paths.after)
  package.cpath = around(paths.compiled_before, package.cpath, paths.compiled_after)
else
  -- Shared scripts have the library and nothing else to require.
  local loaded = {}
  function require(name)
    if type(name) ~= "string" then
      error("bad argument #1 to 'require' (string expected, got " .. type(name) .. ")", 2)
    end
    if loaded[name] ~= nil then return loaded[name] end
    local loader, from = find(name)
    if not loader then error(missing(name), 2) end
    local module = loader(name, from)
    if module == nil then module = true end
    loaded[name] = module
    return module
  end
  globals.require = require
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
    local module = open()
    local own = getmetatable(module)
    if type(own) == "table" and own.__pairs then return pairs(module) end
    return next, module, nil
  end
  meta.__tostring = function() return tostring(open()) end
  globals[name] = setmetatable(stand_in, meta)
end

---@param names string[]  the names to preload
return function(names)
  for i = 1, #names do preload(names[i]) end
end
