--- What the prompt does with a line: evaluates it and shows its values.
---
--- Returns a function evaluate(code) that answers "more" when the code is the beginning of something longer, else what the
--- user should know, which mostly is nothing ("").

local locals = require "awscicd.prompt.locals"

local traceback_name = "=prompt"

--- An expression, else a statement; nil and true when more lines are to come. "=x" is an expression, as in `lua`.
local function compile(code)
  code = code:gsub("^%s*=", "return ", 1)
  local chunk = load("return " .. code, traceback_name, "t")
  if chunk then return chunk end
  local problem
  chunk, problem = load(code, traceback_name, "t")
  if chunk then return chunk end
  if problem:find "<eof>'?$" then return nil, true end
  error(problem, 0)
end

local function show(value, seen, depth)
  if type(value) == "string" then return depth > 0 and ("%q"):format(value):gsub("\\\n", "\\n") or value end
  if type(value) ~= "table" or seen[value] or depth > 3 then return tostring(value) end
  local meta = getmetatable(value)
  if type(meta) == "table" and meta.__tostring then return tostring(value) end
  seen[value] = true
  local parts, keys = {}, {}
  for i, item in ipairs(value) do parts[i] = (show(item, seen, depth + 1)) end
  local items = #parts
  for key in pairs(value) do
    if not (math.type(key) == "integer" and key >= 1 and key <= items) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local name = type(key) == "string" and key:find "^[%a_][%w_]*$" and key or "[" .. show(key, seen, depth + 1) .. "]"
    parts[#parts + 1] = name .. " = " .. show(value[key], seen, depth + 1)
  end
  seen[value] = nil
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

local has_told_of_locals = false

--- As in `lua`, each line is a chunk of its own, with which its locals end. Said once: who knows it need not hear it again.
local function note(code)
  if has_told_of_locals then return "" end
  local names = locals(code)
  if #names == 0 then return "" end
  has_told_of_locals = true
  return ("note: %s ends with this line, as every local at the prompt; without 'local' the next lines have it too"):format(
    table.concat(names, ", "))
end

return function(code)
  local chunk, more = compile(code)
  if more then return "more" end
  local results = table.pack(chunk())
  local shown = {}
  for i = 1, results.n do shown[i] = (show(results[i], {}, 0)) end
  if #shown > 0 then print(table.concat(shown, "\t")) end
  return note(code)
end
