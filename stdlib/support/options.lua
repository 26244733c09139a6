-- The table of options that a primitive takes: checked for names that it does not know, for what is missing and for
-- types, so that a misspelt option is an error and never a default.
--
-- A specification names each option with its kind: "string", "text" (a string, or what tostring gives one for, such as a
-- role), "number", "positive" (a number above zero), "integer", "natural" (an integer, zero or more), "boolean", "table",
-- "list", "function", "any"; "|" gives a choice of kinds, a leading "!" says that the option is required, and a table lists
-- the values allowed. [1] is the kind of positional items.

local list = require "awscicd.support.list"
local where = require "awscicd.support.where"

local options = {}

local function is_list(value)
  if type(value) ~= "table" then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count == #value
end

local kinds = {
  any = function() return true end,
  text = function(value)
    local meta = type(value) == "table" and getmetatable(value)
    return type(value) == "string" or (type(meta) == "table" and meta.__tostring ~= nil)
  end,
  integer = function(value) return math.type(value) == "integer" end,
  natural = function(value) return math.type(value) == "integer" and value >= 0 end,
  positive = function(value) return type(value) == "number" and value > 0 end,
  list = is_list,
  ["function"] = function(value)
    local meta = type(value) == "table" and getmetatable(value)
    return type(value) == "function" or (type(meta) == "table" and meta.__call ~= nil)
  end,
}

local function fits(value, kind)
  for one in kind:gmatch("[^|]+") do
    local check = kinds[one]
    if check then
      if check(value) then return true end
    elseif type(value) == one then
      return true
    end
  end
  return false
end

-- Kinds whose names do not say it all.
local phrases = { natural = "a whole number, zero or more", positive = "a number above zero" }

local function phrase(kind) return phrases[kind] or (kind:gsub("|", " or ")) end

local function value_problem(name, value, kind)
  if type(kind) == "table" then
    if list.contains(kind, value) then return end
    return ("%s is %s; it is one of %s"):format(name, tostring(value), table.concat(kind, ", "))
  end
  if fits(value, kind) then return end
  local found = type(value) == "number" and phrases[kind] and ("%g"):format(value) or "a " .. type(value)
  return ("%s is %s; it has to be %s"):format(name, found, phrase(kind))
end

-- What is wrong with a table of options, as a list of texts; empty when nothing is.
function options.problems(given, specification)
  if type(given) ~= "table" then return { ("takes a table of options, got %s"):format(type(given)) } end
  local problems = {}
  local names = list.filter(list.keys(specification), function(key) return type(key) == "string" end)
  for _, key in ipairs(list.keys(given)) do
    local kind = specification[type(key) == "number" and 1 or key]
    if not kind then
      local near = type(key) == "string" and list.nearest(key, names)
      problems[#problems + 1] = type(key) == "number"
        and ("takes named options only, got the item %s"):format(tostring(given[key]))
        or ("knows no option %q%s"):format(tostring(key), near and (" (did you mean %q?)"):format(near) or "")
    elseif type(kind) == "string" and kind:sub(1, 1) == "!" then
      problems[#problems + 1] = value_problem(tostring(key), given[key], kind:sub(2))
    else
      problems[#problems + 1] = value_problem(tostring(key), given[key], kind)
    end
  end
  for _, name in ipairs(names) do
    local kind = specification[name]
    if type(kind) == "string" and kind:sub(1, 1) == "!" and given[name] == nil then
      problems[#problems + 1] = name .. " is missing"
    end
  end
  return problems
end

-- Raises with every problem, at the line of the script that called the primitive; returns the options.
function options.check(what, given, specification)
  given = given == nil and {} or given
  local problems = options.problems(given, specification)
  if #problems > 0 then error(("%s: %s: %s"):format(where.script(), what, table.concat(problems, "; ")), 0) end
  return given
end

return options
