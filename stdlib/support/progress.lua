-- Progress on long work: one line per thing that is rewritten on a terminal, a plain line per change elsewhere.
-- It goes to standard error, so that a script's own output stays clean.

local progress = {}

local colours = {
  green = "32", red = "31", yellow = "33", blue = "36", grey = "90", bold = "1",
}

local status_colour = {
  Succeeded = "green", InService = "green", healthy = "green", Ready = "green", gone = "green", Approved = "green",
  Failed = "red", unhealthy = "red", Stopped = "red", Rejected = "red", refused = "red",
  InProgress = "blue", Pending = "blue", waiting = "yellow", Superseded = "yellow", Skipped = "grey", Cancelled = "grey",
}

local function terminal() return script.is_terminal("stderr") end

-- Text in a colour where that is wanted: on a terminal, and NO_COLOR (https://no-color.org) is not set.
function progress.paint(text, colour)
  local code = colours[colour]
  if not code or not terminal() or (script.env("NO_COLOR") or "") ~= "" then return text end
  return ("\27[%sm%s\27[0m"):format(code, text)
end

function progress.status(text) return progress.paint(text, status_colour[text]) end

-- "3.2 s", "2 m 05 s"
function progress.seconds(seconds)
  if seconds < 60 then return ("%.1f s"):format(seconds) end
  return ("%d m %02d s"):format(seconds // 60, math.floor(seconds % 60))
end

local Board = {}
Board.__index = Board

-- A board of lines. `indent` stands before each.
function progress.board(indent)
  return setmetatable({ order = {}, rows = {}, drawn = 0, indent = indent or "  ", live = terminal() }, Board)
end

local function clip(text, width)
  if utf8.len(text) and utf8.len(text) > width then return text:sub(1, utf8.offset(text, width) - 1) .. "…" end
  return text
end

-- As many lines are kept in motion; what is beyond them is counted.
local most_lines = 20

function Board:clear()
  if self.live and self.drawn > 0 then script.write("stderr", ("\27[%dA\27[J"):format(self.drawn)) end
  self.drawn = 0
end

function Board:line(row)
  local width = (script.width() or 80) - #self.indent - 1
  local detail = clip(row.detail or "", math.max(10, width - row.used))
  return ("\r\27[K%s%s %s %s\n"):format(self.indent, row.label, progress.status(row.status or ""), detail)
end

function Board:redraw()
  local out = self.drawn > 0 and { ("\27[%dA"):format(self.drawn) } or {}
  self.drawn = math.min(#self.order, most_lines)
  for at = 1, self.drawn do out[#out + 1] = self:line(self.rows[self.order[at]]) end
  if #self.order > most_lines then
    out[#out + 1] = ("\r\27[K%s… and %d more\n"):format(self.indent, #self.order - most_lines)
    self.drawn = self.drawn + 1
  end
  out[#out + 1] = "\27[J"
  script.write("stderr", table.concat(out))
end

-- The line of `key` does not change any more: it stands above those that do.
function Board:done(key)
  local row = self.rows[key]
  if not row then return end
  for at, other in ipairs(self.order) do
    if other == key then
      table.remove(self.order, at)
      break
    end
  end
  if not self.live then return end
  self:clear()
  script.write("stderr", self:line(row))
  self:redraw()
end

-- Sets the line of `key`. On a plain stream a line is printed only when its status changed.
function Board:set(key, label, status, detail)
  local row = self.rows[key]
  if not row then
    row = { since = time.monotonic() }
    self.rows[key] = row
    self.order[#self.order + 1] = key
  end
  if row.status == status and row.detail == detail then return end
  local changed = row.status ~= status
  row.label, row.status, row.detail, row.used = label, status, detail, #label + #(status or "") + 3
  if self.live then
    self:redraw()
  elseif changed then
    local remark = detail and detail ~= "" and " " .. detail or ""
    script.write("stderr", ("%s%s %s%s\n"):format(self.indent, label, status or "", remark))
  end
end

-- A line of its own above the board (a log line, a remark).
function Board:say(text)
  self:clear()
  script.write("stderr", self.indent .. text .. "\n")
  if self.live and #self.order > 0 then self:redraw() end
end

-- A heading for a part of a script: "== Push v3".
function progress.heading(text) script.write("stderr", progress.paint("== " .. text, "bold") .. "\n") end

-- One plain remark.
function progress.say(text) script.write("stderr", "  " .. text .. "\n") end

return progress
