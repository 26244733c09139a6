-- A primitive's table, which refuses names that it does not have: a misspelt helper is nil in plain Lua, and a nil inside
-- a list of gates would be a gate that is silently left out.

local list = require "awscicd.support.list"

-- module("gate", { approve = ..., ... }) returns the same table, made strict.
return function(name, members)
  return setmetatable(members, { __index = function(_, key)
    if type(key) ~= "string" then return nil end
    local near = list.nearest(key, list.keys(members))
    error(("%s has no %q%s"):format(name, key, near and (" (did you mean %q?)"):format(near) or ""), 2)
  end })
end
