--- A few words for tests that are scripts: `test(name, fn)`, `check.equal`, `check.raises`; `check.done()` ends the script.

local check = { count = 0, failures = {} }

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "table" and not getmetatable(value) then return json.encode(value) end
  return tostring(value)
end

local function same(a, b)
  if a == b then return math.type(a) == math.type(b) end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end

--- Values of the same type and content, tables compared by what they hold.
function check.equal(got, expected, what)
  if not same(got, expected) then
    error(("%sgot %s, expected %s"):format(what and what .. ": " or "", show(got), show(expected)), 2)
  end
end

function check.truthy(value, what)
  if not value then error((what or "the value") .. " is " .. tostring(value), 2) end
  return value
end

check.yes = check.truthy

--- The text holds every one of the pieces.
function check.has(text, ...)
  for _, piece in ipairs { ... } do
    if not tostring(text):find(piece, 1, true) then error(("%q is not in:\n%s"):format(piece, tostring(text)), 2) end
  end
end

--- The text holds none of the pieces.
function check.lacks(text, ...)
  for _, piece in ipairs { ... } do
    if tostring(text):find(piece, 1, true) then error(("%q is in:\n%s"):format(piece, tostring(text)), 2) end
  end
end

--- `fn` must raise; the error's text must hold every piece. Returns the text.
function check.fails(fn, ...)
  local ok, problem = pcall(fn)
  if ok then error("there was no error", 2) end
  for _, piece in ipairs { ... } do
    if not tostring(problem):find(piece, 1, true) then
      error(("%q is not in the error:\n%s"):format(piece, tostring(problem)), 2)
    end
  end
  return tostring(problem)
end

--- `fn` must raise; its error's text must contain `text`. Returns the error.
function check.raises(text, fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then error("nothing was raised, expected: " .. text, 2) end
  if not tostring(err):find(text, 1, true) then
    error(("raised %s, expected %s"):format(show(tostring(err)), show(text)), 2)
  end
  return err
end

function check.test(name, fn)
  check.count = check.count + 1
  local ok, err = xpcall(fn, function(e) return tostring(e) end)
  if not ok then check.failures[#check.failures + 1] = name .. ": " .. tostring(err) end
end

function check.done()
  if #check.failures > 0 then error(#check.failures .. " failed:\n" .. table.concat(check.failures, "\n"), 0) end
  assert(check.count > 0, "no test ran")
  print(check.count .. " passed")
end

return check
