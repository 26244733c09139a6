-- What the capstone delivers: the demo application of the series, or a folder of your own.

local demo_app = require "demo_app"

local application = {}

-- How an application of one's own is described on the command line. Its buildspec.yml may read what the series makes for the
-- prefix: the parameters /PREFIX/greeting and /PREFIX/api-key, the secret PREFIX/demo/db, and the CodeArtifact domain PREFIX.
application.parameters = {
  application = { type = "path", help = "folder of an application of your own, with its buildspec.yml and appspec.yml" },
  file = { type = "path", help = "its file that says --from, where --to takes the place for the second version" },
  change = { type = "path", help = "or: a folder of files that make the second version, laid over the first" },
  port = { type = "integer", min = 1, max = 65535, help = "port that its instances listen on (80)" },
  health = { help = "path of its health checks (/)" },
  page = { help = "path of its page that says which version it is (/)" },
  tests = { type = "integer", min = 0, help = "how many tests its build has to report at least (1)" },
}

-- Folders that version control and interpreters keep for themselves.
local private = { [".git"] = true, ["__pycache__"] = true, [".venv"] = true, ["node_modules"] = true }

local function is_private(path)
  for part in path:gmatch "[^/]+" do
    if private[part] then return true end
  end
  return false
end

-- The files of a folder as source.commit takes them.
local function read_folder(folder)
  if not fs.is_directory(folder) then error(("there is no folder %s"):format(folder), 0) end
  local files = {}
  for _, entry in ipairs(fs.walk(folder)) do
    local path = fs.join(folder, entry.path)
    if not is_private(entry.path) and entry.type ~= "directory" then
      if entry.type ~= "file" then error(("%s is a %s: only plain files can be committed"):format(path, entry.type), 0) end
      files[entry.path] = { content = fs.read(path), executable = fs.stat(path).mode & tonumber("111", 8) ~= 0 }
    end
  end
  return files
end

local function replaced(files, options)
  local file = options.file
  if not file then error("--application needs --file FILE (where --to takes --from's place) or --change FOLDER", 0) end
  if not files[file] then error(("%s has no file %s"):format(options.application, file), 0) end
  local before = files[file].content
  if not before:find(options.from, 1, true) then
    error(("%s does not say %q, the version that is live first (--from)"):format(file, options.from), 0)
  end
  local after = before:gsub(options.from:gsub("%p", "%%%0"), (options.to:gsub("%%", "%%%%")))
  return { [file] = { content = after, executable = files[file].executable } }
end

local function own(options)
  if options.fault == "test" or options.fault == "health" then
    error(("the fault %q is the demo application's; with --application, put yours into --change FOLDER"):format(
      options.fault), 0)
  end
  local files = read_folder(options.application)
  for _, needed in ipairs { "buildspec.yml", "appspec.yml" } do
    if not files[needed] then error(("%s has no %s"):format(options.application, needed), 0) end
  end
  return {
    files = files, release = options.change and read_folder(options.change) or replaced(files, options),
    port = options.port or 80, health = options.health or "/", page = options.page or "/", tests = options.tests or 1,
    user_data = fleet.agent_data(), serves_at_launch = false,
  }
end

-- The demo application for the names of a prefix: `from` is live first, `to` comes then, with a `fault`.
function application.demo(names, options)
  return {
    files = demo_app.files(names, options.from), release = demo_app.files(names, options.to or options.from, options.fault),
    port = 80, health = "/", page = "/", tests = 1,
    -- Its instances serve a page before anything is deployed.
    user_data = fleet.web_server_data { page = "awscicd demo app — v1" }, serves_at_launch = true,
  }
end

-- The application that the options name: { files, release (what the second version commits), port, health, page, tests,
-- user_data, serves_at_launch }. Whatever is wrong with it is an error before anything is made.
function application.of(names, options)
  if options.application then return own(options) end
  for name in pairs(application.parameters) do
    if options[name] ~= nil then error(("--%s describes an application of your own: it needs --application"):format(name), 0) end
  end
  return application.demo(names, options)
end

return application
