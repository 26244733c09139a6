--- What runs at the same time: `task.all`, `any`, `map`, `timeout`, `scope` and `shield`, on the spawn, join and cancel of
--- the scheduler.
---
--- What they start, they end: a function that leaves early (an error, a cancellation, a first result) cancels its children
--- and waits until they have ended.
local native = require "awscicd.native.task"

---@class awscicd.task
local task = {}
for key, value in pairs(native) do task[key] = value end
-- What only this file needs.
task.group, task.shield_guard, task.raise_timeout = nil, nil, nil
local new_group, new_shield, raise_timeout = native.group, native.shield_guard, native.raise_timeout
local error, ipairs, next, pairs, pcall, setmetatable, tostring, type =
  error, ipairs, next, pairs, pcall, setmetatable, tostring, type
local insert, math_type = table.insert, math.type
local spawn = task.spawn

-- Children that end with the block that holds them: `local children <close> = new_children()`. Those that have been taken
-- with `next` are forgotten, so that a scope that goes on for long does not grow.
local Children = {}
Children.__index = Children
local function new_children()
  return setmetatable({ group = new_group(), own = {}, first = 1, last = 0 }, Children)
end
function Children:start(item, ...)
  local handle = item
  if type(item) == "function" then
    handle = spawn(item, ...)
    local id = handle.id
    if not next(self.own) then self.first = id end
    self.own[id], self.last = handle, id
  elseif type(item) ~= "userdata" then
    error("a function or a task expected, got " .. type(item), 3)
  end
  self.group:add(handle)
  return handle
end
function Children:next()
  if not self.group:wait() then return nil end
  local ended = self.group:take()
  self.own[ended.id] = nil
  return ended
end
-- In the order in which they were started, and without a need for memory: there may be none left.
function Children:cancel(reason)
  for id = self.first, self.last do
    local handle = self.own[id]
    if handle then handle:cancel(reason) end
  end
end
function Children:__close()
  self:cancel()
  for id = self.first, self.last do
    local handle = self.own[id]
    if handle then handle:wait() end
  end
end

local function check_list(list, name)
  if type(list) ~= "table" then
    error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(list) .. ")", 3)
  end
  return list
end

-- all(list) -> results: the first result of each function or task, in the list's order.
function task.all(list)
  check_list(list, "all")
  local children <close> = new_children()
  local place, results = {}, { n = #list }
  for i, item in ipairs(list) do
    local id = children:start(item).id
    place[id] = place[id] or {}
    insert(place[id], i)
  end
  for ended in children.next, children do
    local result = ended:join()
    for _, i in ipairs(place[ended.id]) do results[i] = result end
  end
  return results
end

-- any(list) -> result, index: of the first that ends well; raises the last error when none does.
function task.any(list)
  check_list(list, "any")
  if #list == 0 then error("bad argument #1 to 'any' (the list is empty)", 2) end
  local children <close> = new_children()
  local place, failure = {}, nil
  for i, item in ipairs(list) do
    local id = children:start(item).id
    place[id] = place[id] or i
  end
  for ended in children.next, children do
    local ok, result = pcall(ended.join, ended)
    if ok then return result, place[ended.id] end
    failure = result
  end
  error(failure, 0)
end

-- map(list, fn, { limit = }) -> results: fn(item, index) of each, at most `limit` at a time.
function task.map(list, fn, options)
  check_list(list, "map")
  if type(fn) ~= "function" then
    error("bad argument #2 to 'map' (function expected, got " .. type(fn) .. ")", 2)
  end
  for key in pairs(options or {}) do
    if key ~= "limit" then error("unknown option '" .. tostring(key) .. "' of 'map' (limit is one)", 2) end
  end
  local limit = options and options.limit or #list
  if math_type(limit) ~= "integer" or limit < 1 and #list > 0 then
    error("bad option 'limit' of 'map' (a whole number from 1 expected)", 2)
  end
  local children <close> = new_children()
  local place, results = {}, { n = #list }
  local following, count, active = 1, #list, 0
  while true do
    while active < limit and following <= count do
      place[children:start(fn, list[following], following).id] = following
      following, active = following + 1, active + 1
    end
    if active == 0 then return results end
    local ended = children:next()
    active = active - 1
    results[place[ended.id]] = ended:join()
    place[ended.id] = nil
  end
end

-- timeout(seconds, fn, ...) -> fn's results; raises an error with code "timeout" when it takes longer.
function task.timeout(seconds, fn, ...)
  if type(seconds) ~= "number" then
    error("bad argument #1 to 'timeout' (number expected, got " .. type(seconds) .. ")", 2)
  end
  local children <close> = new_children()
  local handle = children:start(fn, ...)
  if handle:wait(seconds) then return handle:join() end
  raise_timeout(seconds)
end

-- shield(fn, ...) -> fn's results: a cancellation waits until fn has ended.
function task.shield(fn, ...)
  local _ <close> = new_shield()
  return fn(...)
end

-- scope(fn) -> fn's results, when fn and everything that it spawned in the scope have ended. An error in any of them
-- cancels the others.
local Scope = {}
Scope.__index = Scope
function Scope:spawn(fn, ...)
  if self.closed then error("the scope has ended", 2) end
  return self.children:start(fn, ...)
end
function Scope:cancel(reason) self.children:cancel(reason) end
function task.scope(fn, ...)
  if type(fn) ~= "function" then
    error("bad argument #1 to 'scope' (function expected, got " .. type(fn) .. ")", 2)
  end
  local children <close> = new_children()
  local scope = setmetatable({ children = children }, Scope)
  local body = children:start(fn, scope, ...)
  for ended in children.next, children do
    if ended:status() ~= "cancelled" or ended == body then ended:join() end
  end
  scope.closed = true
  return body:join()
end

return task
