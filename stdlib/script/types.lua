--- The types of a script's parameters: how a command line's text becomes a value, and what is said when it does not.

local types = {}

-- Readers say what is wrong without the text itself: it may be a secret.

local function integer(text)
  if not text:find "^%s*[-+]?%d+%s*$" then return nil, "is not a whole number" end
  -- More digits than 64 bits hold are a float to tonumber.
  local value = math.tointeger(tonumber(text))
  if not value then return nil, "is too large for a whole number" end
  return value
end

local function number(text)
  local value = tonumber(text)
  if not value or value ~= value then return nil, "is not a number" end
  if value == math.huge or value == -math.huge then return nil, "is too large for a number" end
  return value
end

local BOOLEANS = { ["true"] = true, yes = true, on = true, ["1"] = true,
  ["false"] = false, no = false, off = false, ["0"] = false }

local function boolean(text)
  local value = BOOLEANS[text:lower()]
  if value == nil then return nil, "is neither true nor false" end
  return value
end

local function duration(text)
  local seconds = require "awscicd.time".duration(text, true)
  if not seconds or seconds < 0 then return nil, "is not a length of time such as 90, 30s, 5m or 1h30m" end
  return seconds
end

local function list(text)
  local items = {}
  for item in text:gmatch "[^,]+" do
    item = item:match "^%s*(.-)%s*$"
    if item ~= "" then items[#items + 1] = item end
  end
  return items
end

local function same(text) return text end

--- By name: how to read one, the Lua types that a default may have, and what stands for it in the help.
types.known = {
  string = { read = same, lua = { string = true }, metavar = "TEXT", phrase = "a text" },
  path = { read = same, lua = { string = true }, metavar = "PATH", phrase = "a path" },
  integer = { read = integer, lua = { number = true }, metavar = "NUMBER", phrase = "a whole number" },
  number = { read = number, lua = { number = true }, metavar = "NUMBER", phrase = "a number" },
  boolean = { read = boolean, lua = { boolean = true }, metavar = "true|false", phrase = "true or false" },
  duration = { read = duration, lua = { number = true }, metavar = "TIME",
    phrase = "a length of time such as 30s or 5m" },
  list = { read = list, lua = { table = true }, metavar = "A,B,…", phrase = "values with commas between" },
}
types.names = "string, path, integer, number, boolean, duration, list"

--- A value of a declaration (a default, a least, a most): a length of time may be written as on the command line.
---@return any value, string? problem
function types.declared(kind, value)
  if kind ~= "duration" or type(value) ~= "string" then return value end
  local seconds, problem = duration(value)
  return seconds, problem and ("'%s' %s"):format(value, problem)
end

--- The type that a default shows; string when there is none.
function types.of(default)
  if default == nil then return "string" end
  if math.type(default) == "integer" then return "integer" end
  if type(default) == "table" then return "list" end
  return type(default)
end

local function out_of_bounds(declared, value)
  if not declared.min and not declared.max then return nil end
  local measured = type(value) == "number" and value or #value
  local unit = type(value) == "number" and "" or (type(value) == "string" and " characters" or " values")
  if declared.min and measured < declared.min then return ("is less than %s%s"):format(declared.min, unit) end
  if declared.max and measured > declared.max then return ("is more than %s%s"):format(declared.max, unit) end
  return nil
end

--- Whether a value is within what its declaration allows; a default of a `many` parameter is a list of them.
---@return any value, string? problem
function types.check(declared, value)
  if declared.many and type(value) == "table" then
    for _, item in ipairs(value) do
      local _, problem = types.check({ type = declared.type, choices = declared.choices, min = declared.min,
        max = declared.max, check = declared.check }, item)
      if problem then return nil, problem end
    end
    return value
  end
  local kind = types.known[declared.type]
  if not kind.lua[type(value)] then return nil, ("is a %s, not %s"):format(type(value), kind.phrase) end
  if declared.type == "integer" and math.type(value) ~= "integer" then return nil, "is not a whole number" end
  if declared.choices then
    for _, choice in ipairs(declared.choices) do
      if choice == value then return value end
    end
    local shown = declared.secret and "is" or ("is '%s',"):format(tostring(value))
    return nil, ("%s not one of %s"):format(shown, types.choices(declared))
  end
  local problem = out_of_bounds(declared, value) or declared.check and declared.check(value)
  if problem then return nil, tostring(problem) end
  return value
end

--- Reads one text. What is wrong with one is said without it where it is secret.
---@return any value, string? problem
function types.parse(declared, text)
  local shown = declared.secret and "the value" or "'" .. text .. "'"
  if declared.choices then
    -- The choice itself, whatever its Lua type, so that { 1, 2, 4 } works as { "dev", "prod" } does.
    for _, choice in ipairs(declared.choices) do
      if tostring(choice) == text then return choice end
    end
    return nil, ("%s is not one of %s"):format(shown, types.choices(declared))
  end
  local value, problem = types.known[declared.type].read(text)
  if not problem then
    local single = setmetatable({ many = false }, { __index = declared })
    value, problem = types.check(single, value)
  end
  if problem then return nil, ("%s %s"):format(shown, problem) end
  return value
end

--- The texts that a secret parameter's value must not be shown as: that of the whole, and of each part of a list.
---@param text string?  as it was given; nil for a default
function types.secret_texts(value, text)
  local texts = { text }
  for _, item in ipairs(type(value) == "table" and value or { value }) do texts[#texts + 1] = tostring(item) end
  return texts
end

function types.choices(declared)
  local names = {}
  for i, choice in ipairs(declared.choices) do names[i] = tostring(choice) end
  return table.concat(names, ", ")
end

--- What a parameter takes, in words.
function types.phrase(declared)
  if declared.choices then return "one of " .. types.choices(declared) end
  return types.known[declared.type].phrase
end

return types
