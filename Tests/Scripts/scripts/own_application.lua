-- Needs: the local cloud
-- The capstone with another application than the demo's page: a service in Python under systemd, on a port and with a health
-- check of its own, which the user's folder describes. It is delivered and torn down; a second version that is not healthy
-- does not go live.
local check, series_run = require "check", require "series_run"

local folder = script.env "AWSCICD_SCRIPTS" .. "/../Tests/Scripts/scripts/greeter"
local shop = "capstone --prefix shop --application " .. folder

-- What is wrong with the description is said before anything is made.
local function refused(line, ...)
  local result = series_run.run(line)
  check.equal(result.status, 2, line)
  check.has(result.stderr, ...)
  check.equal(result.stdout, "", line)
end
refused(shop, "--application needs --file", "--change")
refused(shop .. " --file VERSION", 'VERSION does not say "v2"', "--from")
refused(shop .. " --file VERSIONS", "has no file VERSIONS")
refused(shop .. " --fault health", 'the fault "health" is the demo application\'s', "--change")
refused("capstone --port 8080", "--port describes an application of your own: it needs --application")
refused("capstone --application " .. folder .. "/hooks --file start.sh", "has no buildspec.yml")
refused("capstone --application /no/such/folder", "there is no folder /no/such/folder")
shop = shop .. " --port 8080 --health /healthz --from 1.0 "

local told = series_run.output(shop .. "--to 1.1 --file VERSION --tests 3 --size 3 --keep --json")
local outcome = json.decode(told)
check.equal(outcome.serves, "1.1")
check.equal(outcome.failed, 0)
check.yes(outcome.requests > 0)
check.equal(json.decode(http.get(outcome.url).body), {
  service = "greeter", version = "1.1", greeting = "Hello from Parameter Store",
})
local live = fleet.group(deploy.groups_of("shop-demo", "shop-cap-dg")[1])
check.equal(live:healthy(), 3)
for _, target in ipairs(fleet.health "shop-cap-tg") do check.equal(target.port, 8080) end

-- deploy.lua sends it a change too. The report of a version that fails has the application's own words.
local next_version = json.decode(series_run.output "deploy --prefix shop --file VERSION --from 1.1 --to 1.2 --json")
check.equal(next_version.serves, "1.2")
check.has(series_run.output "teardown --prefix shop --yes", "audit: nothing is left")

local change = fs.temp_directory "change"
fs.write(fs.join(change, "VERSION"), "2.0\n")
fs.write(fs.join(change, "server.py"), (fs.read(folder .. "/server.py"):gsub(
  '        return 200, {"healthy": True}', '        raise RuntimeError("out of greetings")', 1)))
fs.mkdir(fs.join(change, "tests"))
fs.write(fs.join(change, "tests/test_server.py"), "def test_nothing():\n    pass\n")
local broken = series_run.run(shop .. "--to 2.0 --change " .. tostring(change))
check.equal(broken.status, 1)
check.has(broken.stdout, "ValidateService failed in hooks/validate.sh", "RuntimeError: out of greetings",
  "audit: nothing is left")
check.lacks(broken.stdout, "serves 2.0")
