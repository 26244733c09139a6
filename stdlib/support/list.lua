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

-- How many insertions, deletions, replacements and swaps of neighbours turn one word into the other.
local function distance(a, b)
  local rows = { [0] = {} }
  for j = 0, #b do rows[0][j] = j end
  for i = 1, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      local least = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        least = math.min(least, rows[i - 2][j - 2] + 1)
      end
      rows[i][j] = least
    end
  end
  return rows[#a][#b]
end

-- The candidate nearest in spelling, or nil when none is near: for "did you mean".
function list.nearest(word, candidates)
  local best, least
  for _, candidate in ipairs(candidates) do
    local far = distance(word:lower(), candidate:lower())
    if not least or far < least then best, least = candidate, far end
  end
  if best and least <= math.max(1, #word // 3) then return best end
end

return list
