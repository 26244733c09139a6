-- Assertions for the scripts under Cases/. A failed one raises, which ends the script with exit code 1.

local check = {}

local function show(value)
  if type(value) ~= "table" or getmetatable(value) then return tostring(value) end
  return json.encode(value)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

function check.equal(actual, expected, what)
  if not same(actual, expected) then
    error(("%s: expected %s, got %s"):format(what or "value", show(expected), show(actual)), 2)
  end
end

function check.yes(value, what)
  if not value then error((what or "value") .. ": expected something true, got " .. show(value), 2) end
end

-- The text holds every one of the given pieces.
function check.has(text, ...)
  for _, piece in ipairs { ... } do
    if not tostring(text):find(piece, 1, true) then
      error(("expected %q in:\n%s"):format(piece, tostring(text)), 2)
    end
  end
end

function check.lacks(text, ...)
  for _, piece in ipairs { ... } do
    if tostring(text):find(piece, 1, true) then error(("did not expect %q in:\n%s"):format(piece, tostring(text)), 2) end
  end
end

-- The function raises; the error (as text) is returned.
function check.raises(fn, ...)
  local ok, problem = pcall(fn)
  if ok then error("expected an error, and there was none", 2) end
  for _, piece in ipairs { ... } do
    if not tostring(problem):find(piece, 1, true) then
      error(("expected %q in the error:\n%s"):format(piece, tostring(problem)), 2)
    end
  end
  return tostring(problem)
end

return check
