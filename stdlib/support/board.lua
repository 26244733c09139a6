-- A board of lines, one for each thing that goes on (a stage's action, an instance). On a terminal the lines are rewritten
-- in place; elsewhere a plain line, with the time since the board began, is printed for each step.

local progress = require "awscicd.support.progress"
local text = require "awscicd.support.text"

local Board = {}
Board.__index = Board

local board = {}

function board.new(indent)
  return setmetatable({
    order = {}, rows = {}, drawn = {}, indent = indent or "  ", live = script.is_terminal("stderr"), began = time.monotonic(),
  }, Board)
end

-- The statuses in which something is still expected to change.
local moving = { InProgress = true, Pending = true, waiting = true, Queued = true, Created = true, Ready = true }

-- A row as text of at most `width` columns, and its width without the colours.
local function line_of(self, row, width)
  local status = row.status or ""
  local head = ("%s%s "):format(self.indent, row.label)
  if text.width(head) + text.width(status) >= width then
    local clipped = text.clip(head .. status, width)
    return clipped, text.width(clipped)
  end
  local tail = (" %8s  %s"):format(row.seconds and progress.seconds(row.seconds) or "", row.detail or "")
  local used = text.width(head) + text.width(status)
  tail = text.clip((tail:gsub("%s+$", "")), width - used)
  return head .. progress.status(status) .. tail, used + text.width(tail)
end

-- Takes rows away until `height` are left, ended ones only, and returns them: they are printed once more and then stay
-- above the board, where a cursor cannot reach them anyhow.
local function retire(self, height)
  local gone, kept, count = {}, {}, #self.order
  for _, key in ipairs(self.order) do
    if count > height and not moving[self.rows[key].status] then
      gone[#gone + 1], self.rows[key], count = self.rows[key], nil, count - 1
    else
      kept[#kept + 1] = key
    end
  end
  self.order = kept
  return gone
end

-- The control sequence that goes back to the first line of the last drawing and clears it. Lines that were drawn when the
-- window was wider have been wrapped by it.
local function erase(self)
  local width, height = script.width() or 80, 0
  for _, columns in ipairs(self.drawn) do height = height + math.max(1, (columns + width - 1) // width) end
  self.drawn = {}
  return height > 0 and ("\27[%dA\r\27[J"):format(height) or ""
end

function Board:redraw()
  local width = math.max(20, (script.width() or 80) - 1)
  local height = math.max(3, (script.height() or 24) - 2)
  local out = { erase(self) }
  for _, row in ipairs(retire(self, height)) do out[#out + 1] = line_of(self, row, width) .. "\n" end
  local hidden = #self.order > height and #self.order - height + 1 or 0
  local function draw(line, columns)
    out[#out + 1] = line .. "\n"
    self.drawn[#self.drawn + 1] = columns
  end
  if hidden > 0 then
    local line = ("%s… %d more"):format(self.indent, hidden)
    draw(line, text.width(line))
  end
  for position = hidden + 1, #self.order do draw(line_of(self, self.rows[self.order[position]], width)) end
  script.write("stderr", table.concat(out))
end

-- Sets the line of `key`. Options: seconds (how long it has taken), step (what it is doing; elsewhere than on a terminal a
-- line is printed when the status or the step changes).
function Board:set(key, label, status, detail, options)
  options = options or {}
  local row = self.rows[key]
  if not row then
    row = {}
    self.rows[key] = row
    self.order[#self.order + 1] = key
  end
  local stepped = row.status ~= status or row.step ~= options.step
  local changed = stepped or row.detail ~= detail or row.label ~= label
  row.label, row.status, row.detail, row.step = label, status, detail, options.step
  row.seconds = options.seconds
  if self.live then
    -- A clock that runs is worth a drawing too.
    if changed or moving[status] then self:redraw() end
  elseif stepped then
    local line = ("[%6.1f s]%s%s %s"):format(time.monotonic() - self.began, self.indent, label, status or "")
    if row.seconds and not moving[status] then line = line .. " " .. progress.seconds(row.seconds) end
    if detail and detail ~= "" then line = line .. "  " .. detail end
    script.write("stderr", line .. "\n")
  end
end

-- The row of `key` does not change any more: on a terminal it moves above the board and stays there.
function Board:done(key)
  local row = self.rows[key]
  if not row then return end
  self.rows[key] = nil
  for position, other in ipairs(self.order) do
    if other == key then
      table.remove(self.order, position)
      break
    end
  end
  if not self.live then return end
  local line = line_of(self, row, math.max(20, (script.width() or 80) - 1))
  script.write("stderr", erase(self) .. line .. "\n")
  if #self.order > 0 then self:redraw() end
end

-- A line of its own above the board: a log line, a remark.
function Board:say(line)
  script.write("stderr", (self.live and erase(self) or "") .. self.indent .. line .. "\n")
  if self.live and #self.order > 0 then self:redraw() end
end

-- The last line, under the board, which is left as it stands; what comes after begins a new one.
function Board:finish(line)
  self.order, self.rows, self.drawn = {}, {}, {}
  if line then script.write("stderr", self.indent .. line .. "\n") end
end

return board
