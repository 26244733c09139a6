-- The few list functions that every primitive needs.

local list = {}

function list.map(items, fn)
  local result = {}
  for i, item in ipairs(items or {}) do result[i] = fn(item, i) end
  return result
end

function list.filter(items, keep)
  local result = {}
  for _, item in ipairs(items or {}) do
    if keep(item) then result[#result + 1] = item end
  end
  return result
end

function list.find(items, matches)
  for _, item in ipairs(items or {}) do
    if matches(item) then return item end
  end
end

function list.contains(items, wanted)
  return list.find(items, function(item) return item == wanted end) ~= nil
end

function list.append(into, items)
  for _, item in ipairs(items or {}) do into[#into + 1] = item end
  return into
end

-- Slices of at most `size` items: AWS's batch calls take 25, 100 or 1000 at a time.
function list.chunks(items, size)
  local chunks = {}
  for first = 1, #items, size do
    chunks[#chunks + 1] = table.move(items, first, math.min(first + size - 1, #items), 1, {})
  end
  return chunks
end

function list.keys(map)
  local keys = {}
  for key in pairs(map or {}) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- The candidate nearest in spelling, or nil when none is near: for "did you mean".
function list.nearest(word, candidates)
  local best, least
  for _, candidate in ipairs(candidates) do
    local row = {}
    for j = 0, #candidate do row[j] = j end
    for i = 1, #word do
      local diagonal = row[0]
      row[0] = i
      for j = 1, #candidate do
        local cost = word:sub(i, i):lower() == candidate:sub(j, j):lower() and 0 or 1
        diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
      end
    end
    local distance = row[#candidate]
    if not least or distance < least then best, least = candidate, distance end
  end
  if best and least <= math.max(1, #word // 3) then return best end
end

return list
