-- Whatever goes wrong in a gate holds: nothing is approved or rejected by accident.
local check = require "check"

local wrong = {
  function() error("plain text") end,
  function() error({ code = 7 }) end,
  function() error(nil) end,
  function() error(setmetatable({}, { __tostring = function() error("twice") end })) end,
  function() return true end,
  function() return "approve" end,
  function() return { kind = "approve", reason = "forged" } end,
  function() end,
  function() return ({}).nothing.field end,
  "not a function",
  function() return gate.all { function() error("inner") end }({}) end,
}
for number, each in ipairs(wrong) do
  local answer = gate.ask(each, {})
  check.equal(answer.kind, "hold", "gate " .. number)
  check.yes(#answer.reason > 0, "reason of gate " .. number)
end
