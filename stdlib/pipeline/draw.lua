-- A pipeline drawn as boxes, stage after stage:
--
--   ┌──────────┐   ┌──────────────┐
--   │ Source   │──▶│ BuildAndTest │
--   │ · repo   │   │ · build      │
--   └──────────┘   └──────────────┘

local list = require "awscicd.support.list"

local marks = {
  Succeeded = "✔", Failed = "✘", InProgress = "▶", Stopped = "■", Stopping = "■", Abandoned = "■", Cancelled = "■",
  Skipped = "↷", Superseded = "»",
}

local function width(text) return utf8.len(text) or #text end
local function pad(text, to) return text .. (" "):rep(to - width(text)) end

-- A transition that is closed, and what waits before it: a box can only show the execution that is in it.
local function closed(stages)
  local lines = {}
  for _, stage in ipairs(stages) do
    if stage.enabled == false then
      lines[#lines + 1] = ("the transition into %s is closed%s%s"):format(stage.name,
        stage.reason and stage.reason ~= "" and ": " .. stage.reason or "",
        stage.waiting and (" (execution %s waits)"):format(stage.waiting) or "")
    end
  end
  return lines
end

-- `stages` = { { name=, status=, actions = { { name=, status= } } } }, as Pipeline:state gives them; `columns` is the width
-- to wrap at.
return function(stages, columns)
  columns = columns or 100
  local boxes = list.map(stages, function(stage)
    local lines = { (marks[stage.status] and marks[stage.status] .. " " or "") .. stage.name }
    for _, action in ipairs(stage.actions) do lines[#lines + 1] = (marks[action.status] or "·") .. " " .. action.name end
    local widest = 0
    for _, line in ipairs(lines) do widest = math.max(widest, width(line)) end
    return { lines = lines, width = widest }
  end)
  local rows, row, used = {}, {}, 0
  for _, box in ipairs(boxes) do
    if #row > 0 and used + box.width + 7 > columns then
      rows[#rows + 1], row, used = row, {}, 0
    end
    row[#row + 1] = box
    used = used + box.width + 7
  end
  rows[#rows + 1] = row
  local out = {}
  for r, boxes_of_row in ipairs(rows) do
    local tallest = 0
    for _, box in ipairs(boxes_of_row) do tallest = math.max(tallest, #box.lines) end
    local top, bottom = {}, {}
    local body = {}
    for line = 1, tallest do body[line] = {} end
    for at, box in ipairs(boxes_of_row) do
      local gap = at < #boxes_of_row and "   " or ""
      local rule = ("─"):rep(box.width + 2)
      top[#top + 1], bottom[#bottom + 1] = "┌" .. rule .. "┐" .. gap, "└" .. rule .. "┘" .. gap
      for line = 1, tallest do
        local joint = line == 1 and (at < #boxes_of_row and "──▶" or (r < #rows and "──▶" or "")) or gap
        body[line][at] = "│ " .. pad(box.lines[line] or "", box.width) .. " │" .. joint
      end
    end
    out[#out + 1] = table.concat(top)
    for line = 1, tallest do out[#out + 1] = table.concat(body[line]) end
    out[#out + 1] = table.concat(bottom)
  end
  return table.concat(list.append(out, closed(stages)), "\n")
end
