--- What a script knows of itself: its declared parameters, its arguments, its terminal, how it ends.
---
---     local p = script.params {
---       "Deploys one application.",
---       app     = { "awscicd-demo", help = "CodeDeploy application" },
---       count   = { 2, help = "instances", min = 1 },
---       version = { "v1", check = function(v) if not v:find "^v%d" then return "is not like v2" end end },
---       stage   = { "dev", choices = { "dev", "prod" }, help = "where to" },
---       token   = { required = true, env = "DEPLOY_TOKEN", secret = true, help = "token of the deploy service" },
---       dry_run = { false, help = "only show what would happen" },
---       files   = { positional = 1, many = true, type = "path", help = "what to deploy" },
---     }
---     print(p.app, p.count, p.dry_run)
---
--- `awscicd-run x.lua --help` prints them; a bad argument ends the script with exit code 2 and says what is wrong.

local native = require "awscicd.native.script"
local help = require "awscicd.script.help"
local nearest = require "awscicd.support.list".nearest
local types = require "awscicd.script.types"
local where = require "awscicd.support.where"

local script = {}
for name, value in pairs(native) do script[name] = value end

--- What a parameter's declaration may hold; anything else is a mistake in the script.
local FIELDS = {
  [1] = "the default", help = "what it is for", type = "its type", required = "whether it must be given",
  choices = "the values allowed", min = "the least", max = "the most", short = "a one-letter option",
  env = "an environment variable that gives it", positional = "its place among the arguments",
  many = "whether it takes any number of arguments", metavar = "what stands for the value in the help",
  secret = "whether its value is hidden in logs", check = "a function that returns what is wrong with a value",
}

local function mistake(message, ...)
  error(("%s: script.params: %s"):format(where.script(), message:format(...)), 0)
end

--- Checks one declaration and completes it.
local function declare(name, spec)
  if type(spec) ~= "table" then
    mistake("%s must be a table such as { default, help = \"…\" }, not a %s", name, type(spec))
  end
  if not name:find "^[%a_][%w_]*$" then mistake("'%s' is not a name that an option can have", name) end
  for field in pairs(spec) do
    if not FIELDS[field] then mistake("%s has an unknown field '%s'", name, tostring(field)) end
  end
  local declared = {
    name = name, option = "--" .. name:gsub("_", "-"), default = spec[1], help = spec.help, required = spec.required,
    choices = spec.choices, min = spec.min, max = spec.max, short = spec.short, env = spec.env,
    positional = spec.positional, many = spec.many, metavar = spec.metavar, secret = spec.secret,
    check = spec.check,
  }
  declared.type = spec.type or types.of(declared.default)
  if not types.known[declared.type] then
    mistake("%s has an unknown type '%s' (known: %s)", name, tostring(declared.type), types.names)
  end
  for _, field in ipairs { "default", "min", "max" } do
    local value, problem = types.declared(declared.type, declared[field])
    if problem then mistake("the %s of %s: %s", field, name, problem) end
    declared[field] = value
  end
  if declared.short and not (type(declared.short) == "string" and declared.short:find "^%a$") then
    mistake("%s: short must be one letter", name)
  end
  if declared.check and type(declared.check) ~= "function" then mistake("%s: check must be a function", name) end
  if declared.required and declared.default ~= nil then mistake("%s is required, so it has no default", name) end
  if declared.positional == true then declared.positional = 1 end
  if declared.positional and math.type(declared.positional) ~= "integer" then
    mistake("%s: positional must be its place (1, 2, …)", name)
  end
  if declared.type == "boolean" then
    if declared.positional then mistake("%s: a boolean cannot be positional", name) end
    if declared.default == nil and not declared.required then declared.default = false end
  end
  if (declared.min or declared.max) and declared.type == "boolean" then
    mistake("%s: a boolean has no least or most", name)
  end
  if declared.default ~= nil then
    local _, problem = types.check(declared, declared.default)
    if problem then mistake("the default of %s %s", name, problem) end
  end
  return declared
end

--- The declarations in the order of the help: positional ones by place, required ones, then by name.
local function declarations(spec)
  local list, about = {}, nil
  for name, value in pairs(spec) do
    if name == 1 then
      if type(value) ~= "string" then mistake("the first value must be a text about the script") end
      about = value
    elseif type(name) ~= "string" then
      mistake("names must be strings, not %s", tostring(name))
    else
      list[#list + 1] = declare(name, value)
    end
  end
  table.sort(list, function(a, b)
    if (a.positional ~= nil) ~= (b.positional ~= nil) then return a.positional ~= nil end
    if a.positional and a.positional ~= b.positional then return a.positional < b.positional end
    if (a.required or false) ~= (b.required or false) then return a.required or false end
    return a.name < b.name
  end)
  local shorts, places = { h = "--help" }, {}
  for i, declared in ipairs(list) do
    if declared.short then
      if shorts[declared.short] then mistake("-%s stands for two parameters", declared.short) end
      shorts[declared.short] = declared.option
    end
    if declared.name == "help" then mistake("help is the script's own --help") end
    if declared.positional then
      if declared.positional ~= i then mistake("positional parameters must count 1, 2, … without a gap") end
      if places.many then mistake("%s takes all arguments that are left; it must be the last", places.many) end
      if declared.many then places.many = declared.name end
    end
  end
  return list, about
end

--- Ends the script as a command-line tool does when it is used wrongly.
local function usage_error(list, message, ...)
  io.stderr:write(("%s: %s\n%s\nTry --help for what it takes.\n"):format(
    native.name, message:format(...), help.usage(native.name, list)))
  native.exit(2)
end

--- Options of awscicd-run itself. Behind the script's name they are the script's, which does not know them.
local runner = {}
for option in ("json trace local local-data region profile endpoint sandbox log log-format"):gmatch "%S+" do
  runner["--" .. option] = true
end

--- What to do about an option that the script does not have.
local function suggestion(list, typed)
  if runner[typed] then
    return (": awscicd-run's own options stand before the script, awscicd-run %s … %s"):format(typed, native.name)
  end
  local options = { "--help" }
  for _, declared in ipairs(list) do options[#options + 1] = declared.option end
  local near = nearest(typed, options)
  return near and (" (did you mean %s?)"):format(near) or ""
end

-- Keeps a secret parameter's value out of logs and reports. "true" is no secret: covering it would hide ordinary text.
local function cover(declared, value, text)
  if declared.type == "boolean" then return end
  for _, secret in ipairs(types.secret_texts(value, text)) do native.secret(secret) end
end

local function by_option(list)
  local options = {}
  for _, declared in ipairs(list) do
    if not declared.positional then
      options[declared.option] = { declared }
      if declared.type == "boolean" then options["--no-" .. declared.option:sub(3)] = { declared, false } end
      if declared.short then options["-" .. declared.short] = { declared } end
    end
  end
  return options
end

--- Reads what was given for a parameter, and keeps what is secret out of all that is shown.
local function parse(list, declared, text, shown)
  local value, problem = types.parse(declared, text)
  if problem then usage_error(list, "%s %s", shown, problem) end
  if declared.secret then cover(declared, value, text) end
  return value
end

--- Reads the command line into { [name] = value }.
local function read(list, arguments)
  local options, given, places = by_option(list), {}, {}

  local function set(declared, text, shown)
    local value = parse(list, declared, text, shown .. ":")
    if declared.many then
      given[declared.name] = given[declared.name] or {}
      table.insert(given[declared.name], value)
    else
      if given[declared.name] ~= nil then usage_error(list, "%s is given twice", shown) end
      given[declared.name] = value
    end
  end

  local i, only_places = 1, false
  while i <= #arguments do
    local argument = arguments[i]
    if only_places or argument == "-" or not argument:find "^%-" or (tonumber(argument) and not options[argument]) then
      places[#places + 1] = argument
    elseif argument == "--" then
      only_places = true
    elseif argument == "--help" or (argument == "-h" and not options["-h"]) then
      return nil
    else
      local option, equals, value = argument:match "^(%-[^=]*)(=?)(.*)$"
      local found = options[option]
      if not found then usage_error(list, "unknown option %s%s", option, suggestion(list, option)) end
      local declared, fixed = found[1], found[2]
      if declared.type == "boolean" then
        if equals == "" then
          if given[declared.name] ~= nil then usage_error(list, "%s is given twice", option) end
          given[declared.name] = fixed == nil
        elseif fixed == false then
          usage_error(list, "%s takes no value", option)
        else
          set(declared, value, option)
        end
      elseif equals == "=" then
        set(declared, value, option)
      else
        i = i + 1
        if arguments[i] == nil then usage_error(list, "%s needs a value (%s)", option, types.phrase(declared)) end
        set(declared, arguments[i], option)
      end
    end
    i = i + 1
  end

  local place = 1
  for _, declared in ipairs(list) do
    if declared.positional then
      while places[place] ~= nil do
        set(declared, places[place], declared.name)
        place = place + 1
        if not declared.many then break end
      end
    end
  end
  if places[place] ~= nil then usage_error(list, "unexpected argument '%s'", places[place]) end
  return given
end

local declared_before

--- Declares what the script takes, and reads it from the command line.
---@param spec table  the parameters by name; a text at [1] says what the script does
---@return table  their values by name
function script.params(spec)
  if type(spec) ~= "table" then error("script.params takes a table of parameters", 2) end
  if declared_before then error("script.params was called before, at " .. declared_before, 2) end
  local caller = debug and debug.getinfo and debug.getinfo(2, "Sl")
  local list, about = declarations(spec)
  declared_before = caller and ("%s:%d"):format(caller.short_src, caller.currentline) or "another place"

  local given = read(list, native.arguments)
  if not given then
    io.stdout:write(help.page(native.name, about, list))
    native.exit(0)
  end
  for _, declared in ipairs(list) do
    local value = given[declared.name]
    if value == nil and declared.env then
      local text = native.env(declared.env)
      if text and text ~= "" then
        value = parse(list, declared, text, declared.env .. " (from the environment):")
        if declared.many then value = { value } end
      end
    end
    if value == nil then
      value = declared.default
      if declared.secret and value ~= nil then cover(declared, value) end
    end
    if value == nil and declared.many then value = {} end
    if declared.required and (value == nil or (declared.many and #value == 0)) then
      usage_error(list, "%s is missing%s", declared.positional and declared.name or declared.option,
        declared.help and (" (%s)"):format(declared.help) or "")
    end
    given[declared.name] = value
  end
  return given
end

return script
