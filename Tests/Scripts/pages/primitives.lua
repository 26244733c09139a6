-- Needs: the local cloud
-- The page of the primitives names every function that there is, and none that is not; its examples run.
local check = require "check"

local package = fs.normalize(fs.join(fs.dirname(fs.absolute(arg[0])), "../../.."))
local page = fs.read(fs.join(package, "Sources/AWSCICD/AWSCICD.docc/Primitives.md"))
local names = { "pipeline", "source", "build", "gate", "deploy", "fleet", "roles", "secrets", "artifacts", "notify" }

local problems = {}
local function problem(...) problems[#problems + 1] = (...):format(select(2, ...)) end

local classes = { Pipeline = true, Run = true, PullRequest = true, Build = true, Deployment = true, Group = true, Refresh = true,
  Queue = true }
-- What only the library itself calls.
local inner = { ["Pipeline:defined"] = true, ["Pipeline:execution_in"] = true }
local methods = {}
local function read_methods(path)
  for class, method in fs.read(path):gmatch "\nfunction (%u%w+):([%a_]+)" do
    if classes[class] and not inner[class .. ":" .. method] then
      methods[method] = true
      if not page:find("`:" .. method .. "%f[^%w_]") then problem("%s:%s (%s) is not in the page", class, method, path) end
    end
  end
end

for _, name in ipairs(names) do
  local module = require("awscicd." .. name)
  for member in pairs(module) do
    if not page:find(name .. "%." .. member .. "%f[^%w_]") then problem("%s.%s is not in the page", name, member) end
  end
  for member in page:gmatch("`" .. name .. "%.([%a_%d]+)") do
    if rawget(module, member) == nil then problem("the page names %s.%s, which is not there", name, member) end
  end
  local files = fs.glob(fs.join(package, "stdlib", name, "*.lua"))
  table.insert(files, fs.join(package, "stdlib", name .. ".lua"))
  for _, path in ipairs(files) do read_methods(path) end
end
for method in page:gmatch "`:([%a_]+)" do
  if not methods[method] then problem("the page names :%s, which is not there", method) end
end
check.yes(next(methods), "the methods that were found")
check.equal(problems, {})

local examples = 0
local gates = fs.read(fs.join(package, "Sources/AWSCICD/AWSCICD.docc/Gates.md"))
for example in (page .. gates):gmatch "\n```lua\n(.-)\n```" do
  examples = examples + 1
  assert(load(example, "=example " .. examples))()
end
check.yes(examples >= 2)
