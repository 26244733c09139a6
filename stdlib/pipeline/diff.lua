-- What differs between two pipeline structures, as lines to read:
-- "~ stages.BuildAndTest.actions.Build.timeoutInMinutes: 20 → 30".

local list = require "awscicd.support.list"
local same = require "awscicd.support.same"

local diff = {}

-- Members that CodePipeline fills in by itself; a definition that leaves them out does not differ by them.
local filled_in = { version = true, region = true, triggers = true }

local function is_list(value) return type(value) == "table" and (#value > 0 or next(value) == nil) end

local function named(items)
  return #items > 0 and type(items[1]) == "table" and items[1].name ~= nil
end

local function show(value)
  if type(value) == "table" then return json.encode(value) end
  if type(value) == "string" then return ("%q"):format(value) end
  return tostring(value)
end

local function empty(value) return value == nil or (type(value) == "table" and next(value) == nil) end

local walk

local function walk_lists(out, path, before, after)
  if named(before) or named(after) then
    local old, new = {}, {}
    for _, item in ipairs(before) do old[item.name] = item end
    for _, item in ipairs(after) do new[item.name] = item end
    for _, item in ipairs(before) do
      if not new[item.name] then out[#out + 1] = { "-", path .. "." .. item.name } end
    end
    for _, item in ipairs(after) do
      if old[item.name] then
        walk(out, path .. "." .. item.name, old[item.name], item)
      else
        out[#out + 1] = { "+", path .. "." .. item.name, nil, item }
      end
    end
    local order = function(items, others)
      local shared = list.filter(items, function(item) return others[item.name] end)
      return table.concat(list.map(shared, function(item) return item.name end), ", ")
    end
    local was, is = order(before, new), order(after, old)
    if was ~= is then out[#out + 1] = { "~", path .. " (order)", was, is } end
  elseif not same.equal(before, after) then
    out[#out + 1] = { "~", path, json.list(before), json.list(after) }
  end
end

function walk(out, path, before, after)
  if empty(before) and empty(after) then return end
  if type(before) == "table" and type(after) == "table" then
    if is_list(before) and is_list(after) then return walk_lists(out, path, before, after) end
    local keys = {}
    for key in pairs(before) do keys[key] = true end
    for key in pairs(after) do keys[key] = true end
    for _, key in ipairs(list.keys(keys)) do
      local ours = after[key]
      if not (filled_in[key] and ours == nil) then
        walk(out, path == "" and key or path .. "." .. key, before[key], ours)
      end
    end
  elseif before == nil then
    out[#out + 1] = { "+", path, nil, after }
  elseif after == nil then
    out[#out + 1] = { "-", path, before }
  elseif before ~= after then
    out[#out + 1] = { "~", path, before, after }
  end
end

-- A list of changes { sign, path, before, after } from one structure to the other; empty when they say the same.
function diff.changes(before, after)
  local out = {}
  walk(out, "", before, after)
  return out
end

-- The changes as lines of text.
function diff.lines(changes)
  return list.map(changes, function(change)
    local sign, path, before, after = table.unpack(change, 1, 4)
    if sign == "~" then return ("~ %s: %s → %s"):format(path, show(before), show(after)) end
    if sign == "+" and type(after) ~= "table" then return ("+ %s: %s"):format(path, show(after)) end
    return sign .. " " .. path
  end)
end

return diff
