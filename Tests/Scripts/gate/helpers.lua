-- The gates to combine, asked with requests made by hand.
local check = require "check"

local function tests(failed, total)
  local failing = {}
  for i = 1, failed do failing[i] = { name = "test_" .. i, message = "no" } end
  return { tests = { total = total, failed = failed, passed = total - failed, failing = failing } }
end
local passed = gate.tests_passed()
check.equal(gate.ask(passed, tests(0, 3)).kind, "approve")
check.equal(gate.ask(passed, tests(1, 3)).kind, "reject")
check.has(gate.ask(passed, tests(2, 3)).reason, "2 of 3", "test_1, test_2")
check.equal(gate.ask(passed, tests(0, 0)).kind, "reject", "no tests at all")
check.equal(gate.ask(gate.tests_passed { least = 0 }, tests(0, 0)).kind, "approve")

local function changes(...)
  local found = {}
  for i, path in ipairs { ... } do found[i] = { path = path, lines = function() return 10 end } end
  return { changes = found }
end
check.equal(gate.ask(gate.change_at_most { files = 2 }, changes("a", "b")).kind, "approve")
check.equal(gate.ask(gate.change_at_most { files = 1 }, changes("a", "b")).kind, "hold")
check.equal(gate.ask(gate.change_at_most { lines = 19 }, changes("a", "b")).kind, "hold")
check.equal(gate.ask(gate.change_at_most { lines = 20 }, changes("a", "b")).kind, "approve")
check.equal(gate.ask(gate.change_at_most { paths = { "%.html$" } }, changes("a.html", "iam.json")).kind, "hold")

-- 2026-11-23 was a Monday; 08:30 UTC.
local monday = { now = time.parse("2026-11-23T08:30:00Z") }
check.equal(gate.ask(gate.window { from = "08:00", to = "17:00" }, monday).kind, "approve")
check.equal(gate.ask(gate.window { from = "09:00", to = "17:00" }, monday).kind, "wait")
check.equal(gate.ask(gate.window { from = "22:00", to = "09:00" }, monday).kind, "approve", "over midnight")
check.equal(gate.ask(gate.window { from = "08:00", to = "17:00", days = { "Tue" } }, monday).kind, "wait")
check.fails(function() gate.window { from = "eight" } end, "not a time like 09:00")

local votes = {}
local two_of_three = gate.quorum { people = { "ann", "bob", "eve" }, count = 2, votes = function() return votes end }
check.equal(gate.ask(two_of_three, {}).kind, "wait")
votes = { ann = true, mallory = true }
check.equal(gate.ask(two_of_three, {}).kind, "wait", "only named people count")
votes = { ann = true, eve = true }
check.equal(gate.ask(two_of_three, {}).kind, "approve")
votes = { ann = false, bob = false }
check.equal(gate.ask(two_of_three, {}).kind, "reject")

local commit = { commit = { author = "Ann", email = "ann@example.com" } }
check.equal(gate.ask(gate.no_self_approval("ann"), commit).kind, "hold")
check.equal(gate.ask(gate.no_self_approval("ANN@example.com"), commit).kind, "hold")
check.equal(gate.ask(gate.no_self_approval("bob"), commit).kind, "approve")
check.equal(gate.ask(gate.no_self_approval("bob"), { commit = false }).kind, "hold")

check.equal(gate.ask(gate.prompt(), { stage = "Approval", pipeline = "p" }).kind, "hold", "no terminal to ask at")
