--- The help page of a script's parameters.

local types = require "awscicd.script.types"
local native = require "awscicd.native.script"

local help = {}

local function value_of(declared)
  if declared.metavar then return declared.metavar end
  if declared.choices then return (types.choices(declared):gsub(", ", "|")) end
  return types.known[declared.type].metavar
end

local function spelling(declared)
  if declared.positional then return declared.name:gsub("_", "-") .. (declared.many and "…" or "") end
  local short = declared.short and ("-%s, "):format(declared.short) or "    "
  if declared.type == "boolean" then
    return short .. (declared.default and "--no-" .. declared.option:sub(3) or declared.option)
  end
  return ("%s%s %s"):format(short, declared.option, value_of(declared))
end

--- "usage: x.lua FILES… --token TEXT [options]"
function help.usage(name, list)
  local words, has_options = { "usage: awscicd-run", name }, false
  for _, declared in ipairs(list) do
    if declared.positional then
      local word = declared.name:gsub("_", "-"):upper() .. (declared.many and "…" or "")
      words[#words + 1] = declared.required and word or "[" .. word .. "]"
    elseif declared.required then
      words[#words + 1] = declared.option .. (declared.type == "boolean" and "" or " " .. value_of(declared))
    else
      has_options = true
    end
  end
  if has_options then words[#words + 1] = "[options]" end
  return table.concat(words, " ")
end

local function shown(declared, value)
  return declared.type == "duration" and require "awscicd.time".human(value) or tostring(value)
end

local function shown_default(declared)
  local default = declared.default
  if default == nil or declared.type == "boolean" then return nil end
  if declared.secret then return nil end
  if type(default) == "table" then return #default > 0 and table.concat(default, ",") or nil end
  if default == "" then return nil end
  return shown(declared, default)
end

local function notes(declared)
  local parts = {}
  if declared.required then parts[#parts + 1] = "required" end
  local default = shown_default(declared)
  if default then parts[#parts + 1] = "default: " .. default end
  if declared.env then parts[#parts + 1] = "or the variable " .. declared.env end
  if declared.many and not declared.positional then parts[#parts + 1] = "may be given more than once" end
  if declared.min or declared.max then
    local least, most = declared.min and shown(declared, declared.min), declared.max and shown(declared, declared.max)
    parts[#parts + 1] = least and most and ("%s to %s"):format(least, most)
      or least and ("at least %s"):format(least) or ("at most %s"):format(most)
  end
  return #parts > 0 and "(" .. table.concat(parts, "; ") .. ")" or nil
end

--- Breaks a text into lines of at most `width` characters.
local function wrap(text, width)
  local lines, line = {}, ""
  for word in text:gmatch "%S+" do
    if line ~= "" and (utf8.len(line) or #line) + 1 + (utf8.len(word) or #word) > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

local function section(out, title, rows, width)
  if #rows == 0 then return end
  out[#out + 1] = "\n" .. title .. ":\n"
  local column = 0
  for _, row in ipairs(rows) do column = math.max(column, math.min(utf8.len(row[1]), 30)) end
  for _, row in ipairs(rows) do
    local lines = wrap(row[2], math.max(width - column - 4, 30))
    local pad = column - utf8.len(row[1])
    if pad < 0 then
      out[#out + 1] = ("  %s\n"):format(row[1])
    else
      out[#out + 1] = ("  %s%s  %s\n"):format(row[1], (" "):rep(pad), table.remove(lines, 1))
    end
    for _, line in ipairs(lines) do out[#out + 1] = ("  %s  %s\n"):format((" "):rep(column), line) end
  end
end

--- The whole page.
function help.page(name, about, list)
  local width = math.min(native.width() or 80, 100)
  local out, places, options = { help.usage(name, list) .. "\n" }, {}, {}
  if about then
    out[#out + 1] = "\n"
    for paragraph in (about .. "\n\n"):gmatch "(.-)\n%s*\n" do
      for _, line in ipairs(wrap(paragraph, width)) do out[#out + 1] = line .. "\n" end
    end
  end
  for _, declared in ipairs(list) do
    local text = { declared.help or types.phrase(declared), notes(declared) }
    table.insert(declared.positional and places or options, { spelling(declared), table.concat(text, " ") })
  end
  options[#options + 1] = { "-h, --help", "show this" }
  section(out, "arguments", places, width)
  section(out, "options", options, width)
  return table.concat(out)
end

return help
