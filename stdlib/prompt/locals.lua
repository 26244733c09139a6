--- The names that a chunk declares `local` outside of all its blocks: those that end with it.

local OPENS = { ["do"] = true, ["function"] = true, ["if"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

--- Where the string or comment that begins at `at` is over; nil when none does.
local function skipped(code, at)
  local _, comment = code:find("^%-%-", at)
  local start = comment and comment + 1 or at
  local _, opened, level = code:find("^%[(=*)%[", start)
  if opened then
    local _, closed = code:find("]" .. level .. "]", opened + 1, true)
    return (closed or #code) + 1
  end
  if comment then return (code:find("\n", at, true) or #code) + 1 end
  local quote = code:match("^[\"']", at)
  if not quote then return nil end
  local place = at + 1
  while place <= #code do
    local char = code:sub(place, place)
    if char == quote then return place + 1 end
    place = place + (char == "\\" and 2 or 1)
  end
  return place
end

--- Words and single signs, without comments; a string is one sign.
local function tokens(code)
  local found, at = {}, 1
  while at <= #code do
    local word = code:match("^[%a_][%w_]*", at)
    local after = not word and skipped(code, at)
    if word then
      found[#found + 1], at = word, at + #word
    elseif after then
      if code:sub(at, at + 1) ~= "--" then found[#found + 1] = '"' end
      at = after
    else
      if not code:find("^%s", at) then found[#found + 1] = code:sub(at, at) end
      at = at + 1
    end
  end
  return found
end

--- A list of names, in the order of the chunk, which is one that Lua compiles.
return function(code)
  local words, names, depth = tokens(code), {}, 0
  for i, word in ipairs(words) do
    if OPENS[word] then
      depth = depth + 1
    elseif CLOSES[word] then
      depth = depth - 1
    elseif word == "local" and depth == 0 then
      local at = words[i + 1] == "function" and i + 2 or i + 1
      repeat
        names[#names + 1] = words[at]
        if words[at + 1] == "<" then at = at + 3 end  -- an attribute
        local has_next = words[at + 1] == ","
        at = at + 2
      until not has_next
    end
  end
  return names
end
