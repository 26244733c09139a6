-- Deletions of one kind in one call, where the service takes several: what comes while a call is under way goes together
-- in the next one. A hundred alarms then cost one call of the three a second that AWS takes.

local list = require "awscicd.support.list"

local Batch = {}
Batch.__index = Batch

local batch = {}

-- kind.together = { most = how many a call takes, delete = function(resources) }.
function batch.of(kind) return setmetatable({ kind = kind, waiting = {}, lock = task.semaphore(1) }, Batch) end

-- Whether the resource went, alone or with others. A call that fails may be the fault of any of its resources: then each
-- has to be tried alone.
function Batch:delete(resource)
  local entry = { resource = resource }
  table.insert(self.waiting, entry)
  local permit <close> = self.lock:acquire()
  if entry.answered then return permit and entry.gone end
  local together = self.kind.together
  -- Those who came earlier had the lock earlier: this one is the first that waits.
  local entries = table.move(self.waiting, 1, math.min(together.most, #self.waiting), 1, {})
  self.waiting = table.move(self.waiting, #entries + 1, #self.waiting, 1, {})
  local gone = pcall(together.delete, list.map(entries, function(one) return one.resource end))
  for _, one in ipairs(entries) do one.answered, one.gone = true, gone end
  return gone
end

return batch
