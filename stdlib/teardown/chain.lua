-- What a teardown could not have been faster than: the chain of resources, each waiting for the one before, that took the
-- longest. Its length beside the whole time says what the order and the services cost, and what the script did.

local chain = {}

-- resources: with `seconds` (how long the deletion took) where it is known; edges as of teardown.graph. Returns
-- { seconds =, resources = { first, …, last } }; of no resources, a chain without any.
function chain.longest(resources, edges)
  local ends = {}
  local function finish(resource)
    if ends[resource] then return ends[resource] end
    local last = { at = 0 }
    for _, edge in ipairs(edges[resource] or {}) do
      local before = finish(edge.resource)
      if before.at > last.at then last = before end
    end
    ends[resource] = { at = last.at + (resource.seconds or 0), before = last.resource and last, resource = resource }
    return ends[resource]
  end
  local latest = { at = 0 }
  for _, resource in ipairs(resources) do
    local one = finish(resource)
    if one.at > latest.at then latest = one end
  end
  local links, link = {}, latest.resource and latest
  while link do
    table.insert(links, 1, link.resource)
    link = link.before
  end
  return { seconds = latest.at, resources = links }
end

return chain
