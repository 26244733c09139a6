-- Needs: the local cloud
-- The pages on standard modules, tasks and profiles: they name what there is and nothing else, and their examples run.
local check, documentation = require "check", require "documentation"
local docc = documentation.root .. "/Sources/AWSCICD/AWSCICD.docc/"
local program = script.env "AWSCICD_RUN"

local problems = {}
local function problem(...) problems[#problems + 1] = (...):format(select(2, ...)) end

-- A module's members are words of its section of the page, and a section says module.member of nothing that is not there.
local function compare(name, section)
  for member in pairs(_G[name]) do
    if not section:find("%f[%w_]" .. member .. "%f[^%w_]") then problem("%s.%s is not in the page", name, member) end
  end
  for member in section:gmatch("%f[%w_]" .. name .. "%.([%a_]+)") do
    if _G[name][member] == nil then problem("the page names %s.%s, which is not there", name, member) end
  end
end
local modules = fs.read(docc .. "StandardModules.md")
for _, name in ipairs { "json", "fs", "process", "http", "log", "time", "script" } do
  local section = ("\n" .. modules .. "\n## "):match("\n## " .. name .. "\n(.-)\n## ")
  compare(name, (check.truthy(section, "the section of " .. name):gsub("awscicd%.", "")))
end
local tasks = fs.read(docc .. "Tasks.md")
compare("task", tasks)
for letter, value in pairs { t = task.spawn(function() end), s = task.semaphore(1), c = task.channel() } do
  for method in tasks:gmatch("`" .. letter .. ":([%a_]+)") do
    if not value[method] then problem("the page names %s:%s, which is not there", letter, method) end
  end
end

-- A sandbox has what the table of its page lists, no less and no more; the modules of our own come besides.
local names = [[
local library = ...
local found = {}
for name in pairs(library == "base" and _G or _G[library]) do found[#found + 1] = name end
table.sort(found)
print(table.concat(found, " "))
]]
local profiles = fs.read(docc .. "Profiles.md")
local ours = { arg = true, base = true }
for name in ("artifacts aws build deploy fleet fs gate http json log notify pipeline process roles script secrets source task"
  .. " teardown time coroutine debug math os string table utf8"):gmatch "%w+" do ours[name] = true end
local seen = 0
for library, listed in profiles:gmatch "\n| (%l[%l%d]+) | ([^|\n]+) |" do
  if library ~= "library" then
    seen = seen + 1
    local expected = {}
    for name in listed:gsub("%b()", ""):gmatch "[%w_]+" do expected[name] = true end
    local text = process.output {
      program, "--sandbox", "-e", ("local function show(...) %s end show(%q)"):format(names, library),
    }
    for name in text:gmatch "%S+" do
      if not expected[name] and not (library == "base" and ours[name]) then
        problem("a sandbox has %s of %s, which the page does not list", name, library)
      end
      expected[name] = nil
    end
    for name in pairs(expected) do problem("the page lists %s of %s, which a sandbox has not", name, library) end
  end
end
check.equal(seen, 8, "libraries in the table of the page")
check.equal(problems, {})

-- The examples.
artifacts.bucket { name = "counted" }
aws.s3.put_object { Bucket = "counted", Key = "one", Body = "1" }
documentation.run(documentation.blocks("Sources/AWSCICD/AWSCICD.docc/Tasks.md", "lua")[1], [[
  assert(names[1] == "counted" and counts[1] == 1, counts[1])]])

local folder = fs.temp_directory "pages"
local function shell(line)
  local result = process.run {
    "bash", "-euc", line, cwd = folder, env = { PATH = program:match "^(.*)/" .. ":" .. script.env "PATH" }, timeout = 150,
  }
  return result.status, result.stdout .. result.stderr
end
fs.write(folder .. "/x.lua", documentation.blocks("Sources/AWSCICD/AWSCICD.docc/StandardModules.md", "lua")[1])
local _, help = shell "awscicd-run x.lua --help"
check.has(help, "Says what is older", "--bucket", "--age", "--dry-run")
check.equal({ shell "awscicd-run x.lua --bucket logs --age 2h" }, { 0, "logs\t7200.0\tfalse\n" })
check.equal(shell "awscicd-run x.lua", 2)

-- Somebody else's script computes in the sandbox, and no more.
local own, shared = documentation.blocks("Sources/AWSCICD/AWSCICD.docc/Profiles.md", "sh")[1]:match "([^\n]+)\n([^\n]+)\n"
fs.write(folder .. "/x.lua", "print(1 + 1)\nprint(fs.exists '/')")
check.equal({ shell(own) }, { 0, "2\ntrue\n" })
local status, text = shell(shared)
check.equal(status, 1)
check.has(text, "2\n", "x.lua:2: not permitted: read /")
fs.remove(folder, { recursive = true })
