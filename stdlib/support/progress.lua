-- How scripts show where they are: headings, remarks, colours, times. It goes to standard error, so that a script's own
-- output stays clean. Boards of lines that are rewritten are support.board.

local progress = {}

local colours = {
  green = "32", red = "31", yellow = "33", blue = "36", grey = "90", bold = "1",
}

local status_colour = {
  Succeeded = "green", InService = "green", healthy = "green", Ready = "green", gone = "green", Approved = "green",
  Failed = "red", unhealthy = "red", Stopped = "red", Rejected = "red", refused = "red", Cancelled = "grey",
  InProgress = "blue", Pending = "blue", waiting = "yellow", Superseded = "yellow", Skipped = "grey", Abandoned = "grey",
  SUCCEEDED = "green", FAILED = "red", FAULT = "red", TIMED_OUT = "red", STOPPED = "red", IN_PROGRESS = "blue",
}

-- Text in a colour where that is wanted: the stream ("stderr" when not said) is a terminal, and NO_COLOR
-- (https://no-color.org) is not set.
function progress.paint(text, colour, stream)
  local code = colours[colour]
  if not code or not script.is_terminal(stream or "stderr") or (script.env("NO_COLOR") or "") ~= "" then return text end
  return ("\27[%sm%s\27[0m"):format(code, text)
end

-- A status in its colour.
function progress.status(text, stream) return progress.paint(text, status_colour[text], stream) end

-- "3.2 s", "2 m 05 s"
function progress.seconds(seconds)
  if seconds < 60 then return ("%.1f s"):format(seconds) end
  return ("%d m %02d s"):format(seconds // 60, math.floor(seconds % 60))
end

-- A board of lines, each standing for one thing that goes on. `indent` stands before each line.
function progress.board(indent) return require "awscicd.support.board".new(indent) end

-- A heading for a part of a script: "== Push v3".
function progress.heading(text) script.write("stderr", progress.paint("== " .. text, "bold") .. "\n") end

-- One plain remark.
function progress.say(text) script.write("stderr", "  " .. text .. "\n") end

return progress
