-- The declared order applied to what was found: which resource waits for which, and the waves that come of it.

local list = require "awscicd.support.list"

local graph = {}

-- Why `resource` has to wait for `other`, or nil.
local function reason(resource, other, order, kinds)
  local why = order[resource.kind] and order[resource.kind].after[other.kind]
  if not why or resource == other then return nil end
  local depends = kinds[resource.kind].depends
  if depends and not depends(resource, other) then return nil end
  return why
end

-- For every resource, the resources that have to go before it: { [resource] = { { resource =, why = }, ... } }.
function graph.edges(resources, order, kinds)
  local by_kind, edges = {}, {}
  for _, resource in ipairs(resources) do
    by_kind[resource.kind] = by_kind[resource.kind] or {}
    table.insert(by_kind[resource.kind], resource)
  end
  for _, resource in ipairs(resources) do
    local before = {}
    for _, kind in ipairs(list.keys(order[resource.kind] and order[resource.kind].after)) do
      for _, other in ipairs(by_kind[kind] or {}) do
        local why = reason(resource, other, order, kinds)
        if why then before[#before + 1] = { resource = other, why = why } end
      end
    end
    edges[resource] = before
  end
  return edges
end

-- Adds a resource that was found later: what it waits for, and what waits for it.
function graph.add(resource, resources, edges, order, kinds)
  edges[resource] = {}
  for _, other in ipairs(resources) do
    local why = reason(resource, other, order, kinds)
    if why then table.insert(edges[resource], { resource = other, why = why }) end
    why = reason(other, resource, order, kinds)
    if why then table.insert(edges[other], { resource = resource, why = why }) end
  end
  table.insert(resources, resource)
end

-- Waves: each resource in the first wave after all it waits for. Raises when the order goes in a circle, naming it.
function graph.waves(resources, edges)
  local depth, visiting, path = {}, {}, {}
  local function visit(resource)
    if depth[resource] then return depth[resource] end
    if visiting[resource] then
      path[#path + 1] = resource.kind
      error("teardown: the order goes in a circle: " .. table.concat(path, " → "), 0)
    end
    visiting[resource] = true
    path[#path + 1] = resource.kind
    local deepest = 0
    for _, edge in ipairs(edges[resource]) do deepest = math.max(deepest, visit(edge.resource)) end
    path[#path] = nil
    visiting[resource] = nil
    depth[resource] = deepest + 1
    return deepest + 1
  end
  local waves = {}
  for _, resource in ipairs(resources) do
    local wave = visit(resource)
    for at = #waves + 1, wave do waves[at] = {} end
    table.insert(waves[wave], resource)
  end
  for _, wave in ipairs(waves) do
    table.sort(wave, function(a, b) return a.kind .. " " .. a.label < b.kind .. " " .. b.label end)
  end
  return waves
end

-- Checks the order for kinds that do not exist.
function graph.check(order, kinds)
  for _, kind in ipairs(list.keys(order)) do
    if type(order[kind]) ~= "table" or type(order[kind].after) ~= "table" then
      error(("teardown: order.%s has to be { after = { kind = \"why\" } }"):format(kind), 0)
    end
    for _, name in ipairs(list.append({ kind }, list.keys(order[kind].after))) do
      if not kinds[name] then
        local near = list.nearest(name, list.keys(kinds))
        error(("teardown: the order names the kind %q, which is not known%s"):format(
          name, near and (" (did you mean %q?)"):format(near) or ""), 0)
      end
    end
  end
end

return graph
