-- Needs: the local cloud
-- Every script to share prints its parameters, and says what is wrong with a bad argument, before it sends anything.
local check, series_run = require "check", require "series_run"

local scripts = {
  capstone = { "--prefix", "--size", "--keep", "--fault", "choices" },
  deploy = { "--from", "--to", "--ask" },
  approve = { "--pipeline", "--dry-run", "--largest" },
  rollback = { "--stage", "--execution" },
  status = { "--pipeline", "--count" },
  teardown = { "--prefix", "--only KIND", "--protect", "--plan", "--yes" },
}
scripts.capstone[5] = nil

for name, options in pairs(scripts) do
  local help = series_run.output(name .. " --help")
  check.has(help, name .. ".lua", table.unpack(options))
  local wrong = series_run.run(name .. " --no-such-option")
  check.equal(wrong.status, 2, name)
  check.has(wrong.stderr, "unknown option --no-such-option", "--help")
  check.equal(wrong.stdout, "", name)
end

for line, problem in pairs {
  ["deploy --from v2"] = "--to is missing",
  ["capstone --fault fire"] = "--fault",
  ["capstone --size many"] = "--size",
  ["approve --every soon"] = "--every",
  ["status --count 1.5"] = "--count",
  ["teardown --tag project"] = "--tag takes key=value",
  ["capstone --prefix a-prefix-of-25-characters"] = "is more than 24 characters",
  ["capstone --prefix Team"] = "'Team' cannot be a domain's or a bucket's name",
  ["teardown --only logs"] = "'logs' is not one of alarm,",
  ["rollback Deploy"] = "unexpected argument 'Deploy'",
} do
  local wrong = series_run.run(line)
  check.equal(wrong.status, 2, line)
  check.has(wrong.stderr, problem)
end

-- An option of awscicd-run's own that stands behind the script.
local behind = process.run { script.env "AWSCICD_RUN", script.env "AWSCICD_SCRIPTS" .. "/status.lua", "--json" }
check.equal(behind.status, 2)
check.has(behind.stderr, "unknown option --json", "before the script, awscicd-run --json … status.lua")

-- Where there is no pipeline, each says so; standard output stays free for what was asked for, and for JSON.
for _, line in ipairs { "deploy --from a --to b", "rollback", "status", "status --json" } do
  local missing = series_run.run(line)
  check.equal({ missing.status, missing.stdout }, { 1, "" }, line)
  check.has(missing.stderr, line:find "deploy" and "awscicd-cap-alb" or "awscicd-cap-pipeline")
end
check.has(series_run.output "teardown", "Nothing to delete.")
check.equal(json.decode(series_run.output "teardown --json").count, 0)
