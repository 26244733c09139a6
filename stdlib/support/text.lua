-- How wide text is on a terminal, for what is aligned, clipped or framed.

local text = {}

-- Ranges of characters that take two columns (East Asian wide, emoji) and none (combining marks, joiners): the blocks of
-- Unicode's EastAsianWidth.txt and the general categories Mn and Cf, as far as names and messages have them.
local wide = {
  { 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x23E9, 0x23EC }, { 0x25FD, 0x25FE }, { 0x2614, 0x2615 }, { 0x2705, 0x2705 },
  { 0x274C, 0x274C }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF }, { 0xA000, 0xA4CF },
  { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
  { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
}
local none = {
  { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x200B, 0x200F }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
}

local function within(ranges, code)
  for _, range in ipairs(ranges) do
    if code < range[1] then return false end
    if code <= range[2] then return true end
  end
  return false
end

local function columns(code)
  if code < 0x300 then return 1 end
  if within(none, code) then return 0 end
  return within(wide, code) and 2 or 1
end

-- The columns that a text takes; bytes that are not UTF-8 count as one each.
function text.width(line)
  if not utf8.len(line) then return #line end
  local width = 0
  for _, code in utf8.codes(line) do width = width + columns(code) end
  return width
end

-- The text cut to `width` columns, the last one an ellipsis when something was cut.
function text.clip(line, width)
  if text.width(line) <= width then return line end
  if not utf8.len(line) then return line:sub(1, math.max(0, width - 1)) .. "…" end
  local used = 0
  for at, code in utf8.codes(line) do
    used = used + columns(code)
    if used > width - 1 then return line:sub(1, at - 1) .. "…" end
  end
  return line
end

-- The text filled with spaces to `width` columns.
function text.pad(line, width) return line .. (" "):rep(width - text.width(line)) end

return text
