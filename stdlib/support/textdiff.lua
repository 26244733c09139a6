-- The difference of two texts, line by line, as diff -u shows it.

local textdiff = {}

-- Beyond this many changed lines the shortest difference is not searched for: the rest counts as replaced.
local most_edits = 2000

-- A last line without an end differs from one with it, and is told apart as diff does.
local function lines_of(text)
  local lines = {}
  for line in text:gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  local rest = text:match("[^\n]+$")
  if rest then lines[#lines + 1] = rest .. "\n\\ No newline at end of file" end
  return lines
end

-- Where a part begins and how many lines it has, as diff writes it: one line has no count, none begins before it.
local function range(from, count)
  if count == 1 then return tostring(from) end
  return ("%d,%d"):format(count == 0 and from - 1 or from, count)
end

-- Whether bytes are something else than text, as git tells it: a zero byte near the start.
function textdiff.is_binary(text) return text:sub(1, 8000):find("\0", 1, true) ~= nil end

-- Myers' greedy search for the shortest edit script ("An O(ND) difference algorithm and its variations", 1986). Returns a
-- list of { sign, line } with sign " ", "-" or "+".
local function edits(a, b)
  local first = 0
  while first < #a and first < #b and a[first + 1] == b[first + 1] do first = first + 1 end
  local last = 0
  while last < #a - first and last < #b - first and a[#a - last] == b[#b - last] do last = last + 1 end
  local n, m = #a - first - last, #b - first - last
  local out = {}
  for i = 1, first do out[i] = { " ", a[i] } end

  local trace, v, found = {}, { [1] = 0 }, nil
  for d = 0, math.min(n + m, most_edits) do
    local before = {}
    for k = -d - 1, d + 1 do before[k] = v[k] end
    trace[d] = before
    for k = -d, d, 2 do
      local down = k == -d or (k ~= d and v[k - 1] < v[k + 1])
      local x = down and v[k + 1] or v[k - 1] + 1
      local y = x - k
      while x < n and y < m and a[first + x + 1] == b[first + y + 1] do x, y = x + 1, y + 1 end
      v[k] = x
      if x >= n and y >= m then
        found = d
        break
      end
    end
    if found then break end
  end
  local middle = {}
  if found then
    local x, y = n, m
    for d = found, 1, -1 do
      local seen, k = trace[d], x - y
      local down = k == -d or (k ~= d and seen[k - 1] < seen[k + 1])
      local from_k = down and k + 1 or k - 1
      local from_x = seen[from_k]
      local from_y = from_x - from_k
      while x > from_x and y > from_y and (down and y > from_y + 1 or not down and x > from_x + 1) do
        middle[#middle + 1] = { " ", a[first + x] }
        x, y = x - 1, y - 1
      end
      middle[#middle + 1] = down and { "+", b[first + from_y + 1] } or { "-", a[first + from_x + 1] }
      x, y = from_x, from_y
    end
    while x > 0 do
      middle[#middle + 1] = { " ", a[first + x] }
      x = x - 1
    end
    for i = #middle, 1, -1 do out[#out + 1] = middle[i] end
  else
    for i = 1, n do out[#out + 1] = { "-", a[first + i] } end
    for i = 1, m do out[#out + 1] = { "+", b[first + i] } end
  end
  for i = #a - last + 1, #a do out[#out + 1] = { " ", a[i] } end
  return out
end

-- How many lines were taken away and added.
function textdiff.count(before, after)
  local removed, added = 0, 0
  for _, edit in ipairs(edits(lines_of(before), lines_of(after))) do
    if edit[1] == "-" then removed = removed + 1 elseif edit[1] == "+" then added = added + 1 end
  end
  return removed, added
end

-- A unified difference with `context` lines around each change (3), "" when the texts are the same.
function textdiff.unified(path, before, after, context)
  context = context or 3
  if before == after then return "" end
  if textdiff.is_binary(before) or textdiff.is_binary(after) then
    return ("Binary files a/%s and b/%s differ\n"):format(path, path)
  end
  local all = edits(lines_of(before), lines_of(after))
  local near = {}
  for i, edit in ipairs(all) do
    if edit[1] ~= " " then
      for j = math.max(1, i - context), math.min(#all, i + context) do near[j] = true end
    end
  end
  local out = {
    "--- " .. (before == "" and "/dev/null" or "a/" .. path), "+++ " .. (after == "" and "/dev/null" or "b/" .. path),
  }
  local old, new, i = 1, 1, 1
  while i <= #all do
    if not near[i] then
      old, new, i = old + 1, new + 1, i + 1
    else
      local from_old, from_new, body = old, new, {}
      while i <= #all and near[i] do
        local edit = all[i]
        body[#body + 1] = edit[1] .. edit[2]
        if edit[1] ~= "+" then old = old + 1 end
        if edit[1] ~= "-" then new = new + 1 end
        i = i + 1
      end
      local had, has = old - from_old, new - from_new
      out[#out + 1] = ("@@ -%s +%s @@"):format(range(from_old, had), range(from_new, has))
      table.move(body, 1, #body, #out + 1, out)
    end
  end
  return table.concat(out, "\n") .. "\n"
end

return textdiff
