-- Makes the calls of a file and prints, as JSON, the variables that the writes set and what each read gave; boto.py
-- makes the same reads. Arguments: the file.
local calls = json.decode(fs.read((...)))
local variables, reads = {}, json.list {}

local function filled(value)
  if type(value) == "string" then return (value:gsub("%${(%w+)}", variables)) end
  if type(value) ~= "table" then return value end
  local copy = json.is_list(value) and json.list {} or {}
  for key, item in pairs(value) do copy[key] = filled(item) end
  return copy
end

-- The writes first: every read then sees the same state, whoever asks.
for _, call in ipairs(calls) do
  local service, kind, operation, input, save = table.unpack(call)
  if kind == "write" then
    local result = aws[service][operation](filled(input))
    for name, path in pairs(save or {}) do variables[name] = assert(result:query(path), path) end
  end
end

local ways = {
  read = function(client, operation, input) return client.try[operation](input) end,
  -- All pages as one result; the fifth entry of a call is how many items to ask for at a time.
  pages = function(client, operation, input, size)
    return client.pages[operation](input, { page_size = size }):full_result()
  end,
  wait = function(client, waiter, input) return { done = client.wait[waiter](input, { delay = 0 }) ~= false } end,
}

for _, call in ipairs(calls) do
  local service, kind, operation, input, size = table.unpack(call)
  if ways[kind] then
    local result, err = ways[kind](aws[service], operation, filled(input), size)
    reads[#reads + 1] = {
      call = service .. "." .. operation .. " " .. kind,
      result = result, error = err and { code = err.code, message = err.message, status = err.status },
    }
  end
end
print(json.encode { variables = variables, reads = reads })
