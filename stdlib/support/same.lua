-- Comparing what a script wants with what AWS says there is.

local same = {}

-- Whether two values are equal, tables by what they hold.
function same.equal(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same.equal(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- Whether `present` has everything that `wanted` says; members that only AWS filled in do not matter. Lists have to be as
-- long.
function same.covers(present, wanted)
  if type(present) ~= "table" or type(wanted) ~= "table" then return present == wanted end
  if (#wanted > 0 or #present > 0) and #wanted ~= #present then return false end
  for key, value in pairs(wanted) do
    if not same.covers(present[key], value) then return false end
  end
  return true
end

return same
