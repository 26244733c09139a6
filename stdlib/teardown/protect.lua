-- Marks what is not to be touched, each with the reason and how to lift it.

local kinds = require "awscicd.teardown.kinds"

local function reason(scope, resource)
  local why = scope:protected(resource)
  if why then return why end
  local own = kinds[resource.kind].protected
  if not own then return nil end
  local ok, answer = pcall(own, resource)
  if ok then return answer end
  -- It may be gone since it was found: then there is nothing to protect.
  local missing = kinds[resource.kind].missing
  if type(answer) ~= "string" and answer.is and missing and answer:is(table.unpack(missing)) then return nil end
  return "whether it is protected could not be read: " .. tostring(answer)
end

-- Sets `protected` of each resource: a text, or nil.
return function(scope, resources)
  task.map(resources, function(resource) resource.protected = reason(scope, resource) end, { limit = 4 })
end
