-- How the answers of several gates make one.
local check = require "check"

local function yes() return gate.approve("fine") end
local function no() return gate.reject("bad") end
local function later() return gate.wait(5, "soon") end
local function later_still() return gate.wait(9, "later") end
local function person() return gate.hold("ask Ann") end
local function broken() error("no network") end
local function kind(combined) return gate.ask(combined, {}).kind end

check.equal(kind(gate.all { yes, yes }), "approve")
check.equal(kind(gate.all { yes, no, broken }), "reject")
check.equal(kind(gate.all { yes, later, broken }), "hold")
check.equal(kind(gate.all { yes, later }), "wait")
check.equal(gate.ask(gate.all { later_still, later }, {}).seconds, 5)
check.equal(gate.ask(gate.all { later_still, later }, {}).reason, "later; soon")

check.equal(kind(gate.any { no, yes }), "approve")
check.equal(kind(gate.any { no, no }), "reject")
check.equal(kind(gate.any { no, later }), "wait")
check.equal(kind(gate.any { no, broken }), "hold")
check.equal(kind(gate.any { no, person }), "hold")

check.equal(kind(gate.negate(yes)), "reject")
check.equal(kind(gate.negate(no)), "approve")
check.equal(kind(gate.negate(broken)), "hold")

check.fails(function() gate.all {} end, "at least one gate")
check.fails(function() gate.wait(0) end, "positive number")
check.fails(function() gate.wait(0 / 0) end, "positive number")
