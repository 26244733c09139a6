-- Reading CloudWatch Logs streams: forward as they grow, or their end.

local logs = {}

local Reader = {}
Reader.__index = Reader

-- A reader of one stream; each call of reader:each(fn) gives the lines that came since the last.
function logs.reader(group, stream)
  return setmetatable({ group = group, stream = stream, moved = false }, Reader)
end

function Reader:each(fn)
  self.moved = false
  while true do
    local page, err = aws.logs.try.get_log_events {
      logGroupName = self.group, logStreamName = self.stream, nextToken = self.token, startFromHead = true,
    }
    if not page then
      if err:is("ResourceNotFoundException") then return end  -- nothing has been written yet
      error(err)
    end
    for _, event in ipairs(page.events) do
      self.moved = true
      fn((event.message:gsub("[\r\n]+$", "")))
    end
    if page.nextForwardToken == self.token then return end
    self.token = page.nextForwardToken
    if #page.events == 0 then return end
  end
end

-- The last `count` lines of a stream; an empty list when it is not there.
function logs.tail(group, stream, count)
  local page, err = aws.logs.try.get_log_events {
    logGroupName = group, logStreamName = stream, startFromHead = false, limit = count,
  }
  if not page then
    if err:is("ResourceNotFoundException", "AccessDeniedException") then return {} end
    error(err)
  end
  local lines = {}
  for _, event in ipairs(page.events) do lines[#lines + 1] = (event.message:gsub("[\r\n]+$", "")) end
  return lines
end

return logs
