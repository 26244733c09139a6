-- Needs: the local cloud
-- The commands of the README and of the page on the local cloud, typed into a shell as they stand. (What sets a machine up
-- is not: scripts/demo.sh and scripts/test.sh are what runs this test.)
local check, documentation = require "check", require "documentation"

local programs = script.env "AWSCICD_RUN":match "^(.*)/"
local environment = { PATH = programs .. ":" .. script.env "PATH", HOME = fs.temp_directory "home" }
local function shell(line)
  local result = process.run { "bash", "-euc", line, cwd = documentation.root, env = environment, timeout = 600 }
  check.equal(result.status, 0, line .. "\n" .. result.stderr:sub(-2000))
  return result.stdout
end
local function lines(page, number)
  local found = {}
  for line in documentation.blocks(page, "sh")[number]:gmatch "[^\n]+" do found[#found + 1] = line end
  return found
end

-- "On a real account", here on the local cloud of this script.
local account = lines("README.md", 2)
check.equal(#account, 2)
check.has(shell(account[1]), "serves v3", "audit: nothing is left")
aws.ssm.put_parameter { Name = "/myteam/greeting", Value = "left over", Type = "String" }
check.has(shell(account[2]), "/myteam/greeting", "1 resource to delete")

-- A script with --local needs no account; the server prints a line for the shell, and keeps what it holds. Only the port
-- is another one, since 4566 may be taken.
local ways = lines("Sources/AWSCICD/AWSCICD.docc/LocalCloud.md", 1)
check.equal(#ways, 2)
check.has(ways[1], "awscicd-run --local scripts/")
check.has(shell((ways[1]:gsub("capstone%.lua", "teardown.lua"))), "Nothing to delete.")
local serve = ways[2]:gsub("%-%-port 4566", "--port 0")
check.yes(serve ~= ways[2])
for _, call in ipairs { "put-parameter --name /kept --value yes --type String", "get-parameter --name /kept" } do
  local server <close> = process.start {
    "bash", "-euc", "exec " .. serve, cwd = documentation.root, env = environment, stderr = "stdout",
  }
  local answer = shell(("%s; aws ssm %s"):format(server:read_line(), call))
  if call:find "^get" then check.has(answer, '"Value": "yes"') end
  server:signal "TERM"
  check.equal(server:wait().status, 0)
end
