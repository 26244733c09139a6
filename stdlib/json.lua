--- JSON, exactly in both directions.
---
---     local t = json.decode '{"tags": [], "limits": {}, "id": 9007199254740993, "parent": null}'
---     assert(t.parent == json.null)
---     print(json.encode(t, { pretty = true }))          -- the same text again: [] and {} stay apart
---     json.encode { tags = json.list {} }               -- {"tags":[]}
---
--- A list is a table with items from 1, or one that json.list marked (decoded lists are). An empty table without a mark
--- is {}. Keys are written in the order of their bytes. Text that is not JSON raises an error with line and column.

local native = require "awscicd.native.json"
local mark = native.list_metatable

local json = { null = native.null, decode = native.decode, encode = native.encode }

--- Marks a table as a list, so that it is written as [] when it is empty. Makes one when called without.
function json.list(items)
  return setmetatable(items or {}, mark)
end

--- Whether a value is written as a JSON list.
function json.is_list(value)
  return type(value) == "table" and (#value > 0 or getmetatable(value) == mark)
end

return json
