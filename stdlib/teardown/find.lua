-- The search that kinds share: every page of a listing, what of it is in scope, and its tags.
--
--   find = find {
--     pages = function(scope) return aws.sns.pages.list_topics {} end,
--     items = "Topics",                          the list in a page, by its name or as a function of the page
--     name = function(topic) … end,              what names it among all of its kind
--     short = function(topic) … end,             (where that holds its container's) its own name, which prefixes meet too
--     labels = find.each(function(topic) … end), its tags as a map; asked only for what may be in scope
--     keep = function(topic, name) … end,        (where there is more) further fields of the resource: id, label, …
--     skip = function(topic, name, scope) … end, (where there are any) those that no teardown touches
--   }

local list = require "awscicd.support.list"

local find = {}

-- How many tags are asked for at once, of services that tell them for one resource at a time.
local at_once = 4

-- A `labels` function from one that asks for a single item's tags. What cannot be read is told, not passed over.
function find.each(read)
  return function(items)
    return task.map(items, function(item)
      local ok, labels = pcall(read, item)
      return ok and { tags = labels or {} } or { problem = labels }
    end, { limit = at_once })
  end
end

-- A `labels` function for listings that hold the tags already.
function find.within(read)
  return function(items) return list.map(items, function(item) return { tags = read(item) } end) end
end

-- A `labels` function from one that asks for the tags of many items at once and returns maps in the same order.
function find.together(read, most)
  return function(items)
    local all = {}
    for _, slice in ipairs(list.chunks(items, most)) do
      list.append(all, list.map(read(slice), function(labels) return { tags = labels or {} } end))
    end
    return all
  end
end

local function none(items) return list.map(items, function() return { tags = {} } end) end

-- Every item of every page, with its name, and how it is in scope by that name (nil where it is not).
local function listed(spec, scope, kind)
  local all = {}
  for page in spec.pages(scope) do
    for _, item in ipairs(type(spec.items) == "function" and spec.items(page) or page[spec.items] or {}) do
      local name = spec.name(item)
      if not (spec.skip and spec.skip(item, name, scope)) then
        local how = scope:names_it(kind, name) or spec.short and scope:has_prefix(spec.short(item)) and "prefix" or nil
        all[#all + 1] = { item = item, name = name, how = how }
      end
    end
  end
  return all
end

-- The `find` of a kind: find(scope, kind's name) → resources, and what could not be looked at.
setmetatable(find, { __call = function(_, spec)
  return function(scope, kind)
    local all = listed(spec, scope, kind)
    local candidates = list.filter(all, function(one) return one.how or scope:by_tag() end)
    local labels = (spec.labels or none)(list.map(candidates, function(one) return one.item end))
    local found, problem = {}, nil
    for at, one in ipairs(candidates) do
      local tags, unread = labels[at].tags, labels[at].problem
      if one.how and tags and scope:is_others(one.how, tags) then one.how = nil end
      one.how = one.how or tags and scope:tagged(tags) and "tag" or nil
      if one.how then
        local resource = spec.keep and spec.keep(one.item, one.name) or {}
        resource.kind, resource.name, resource.how, resource.tags = kind, one.name, one.how, tags
        resource.unread = unread and tostring(unread)
        found[#found + 1] = resource
      elseif unread then
        problem = problem or ("the tags of %s could not be read: %s"):format(one.name, tostring(unread))
      end
    end
    scope.outside[kind] = {}
    for _, one in ipairs(all) do
      if not one.how then table.insert(scope.outside[kind], one.name) end
    end
    return found, problem
  end
end })

return find
