-- A local cloud of its own whose parameter and secret have values that are searched for: in everything that scripts print, log
-- and keep, as they are and in base64, JSON and URLs.

local base64 = require "awscicd.artifacts.base64"
local check, series_run = require "check", require "series_run"

local searched = { bytes = 0 }

-- Values that look different in each form. The capstone keeps what is there already.
local key = [[k"e\y/with+ünusual=chars&more]]
local password = [[p<a>s"s/wörd\of+the=demo]]
-- Of the parameter that is no secret: builds do not show it either.
local greeting = "Hello from Parameter Store"

-- Starts the server in a folder, as series_run.server; `searched.client(service)` then speaks to it.
function searched.start(folder, ...)
  local server, environment = series_run.server(folder, ...)
  searched.environment, searched.log = environment, {}
  searched.reader = task.spawn(function()
    for line in function() return server:read_line() end do table.insert(searched.log, line) end
  end)
  return server, environment
end

function searched.client(service)
  local environment = searched.environment
  return aws.client {
    service = service, endpoint = environment.AWS_ENDPOINT_URL, region = environment.AWS_REGION,
    credentials = {
      access_key_id = environment.AWS_ACCESS_KEY_ID, secret_access_key = environment.AWS_SECRET_ACCESS_KEY,
    },
  }
end

-- Makes the parameter and the secret that the capstone's build reads.
function searched.prepare()
  searched.client("ssm").put_parameter { Name = "/cicddemo/api-key", Value = key, Type = "SecureString" }
  searched.client("secretsmanager").create_secret {
    Name = "awscicd/demo/db", SecretString = json.encode { username = "demo", password = password },
  }
end

-- Base64 of a text that stands anywhere in a larger one: by where it starts, without the characters its neighbours touch.
local function forms(value)
  local found = { value, (json.encode(value):sub(2, -2)) }
  found[#found + 1] = found[2]:gsub("/", "\\/")
  found[#found + 1] = value:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end)
  for shift = 0, 2 do
    local text = base64(("x"):rep(shift) .. value)
    found[#found + 1] = text:sub(shift == 0 and 1 or 5, -5)
  end
  return found
end

-- Raises when a text holds one of the values in any form.
function searched.text(where, text)
  searched.bytes = searched.bytes + #text
  for _, value in ipairs { key, password, greeting } do
    for _, form in ipairs(forms(value)) do
      local at = text:find(form, 1, true)
      if at then error(("%s holds a secret, near: %s"):format(where, text:sub(math.max(1, at - 80), at - 1)), 0) end
    end
  end
end

-- Every file below a folder but for the server's database, which is its owner's alone: artifacts, repositories, packages,
-- the instances' folders.
function searched.folder(folder)
  local files, databases = 0, 0
  for _, entry in ipairs(fs.walk(folder)) do
    local ok, text = pcall(fs.read, fs.join(folder, entry.path))  -- what instances do goes on: a file may be gone
    if entry.path:find "state%.sqlite" then
      databases = databases + 1
    elseif entry.type == "file" and ok then
      files = files + 1
      searched.text(entry.path, text)
    end
  end
  check.yes(databases > 0 and files > 20, "files of the server")
end

-- Ends the server, and searches all that it logged.
function searched.stop(server)
  server:signal "TERM"
  searched.reader:join()
  local log = table.concat(searched.log, "\n")
  check.has(log, "secretsmanager", "ssm")
  searched.text("the server's log", log)
  print(("%d kB searched"):format(searched.bytes // 1000))
end

return searched
