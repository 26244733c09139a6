--- Approval logic as plain Lua functions.
--
-- A gate is a function that gets a request and returns an answer: gate.approve(why), gate.reject(why),
-- gate.wait(seconds, why) to be asked again, or gate.hold(why) to leave it to a person. A gate that raises an error,
-- or returns anything else, holds: nothing is ever approved or rejected by accident.
--
--   run:decide("Approval", gate.all {
--     gate.tests_passed(), gate.alarms_quiet { "web-5xx", minutes = 10 }, gate.change_at_most { files = 20 },
--   })

local answers = require "awscicd.gate.answers"
local checks = require "awscicd.gate.checks"
local combine = require "awscicd.gate.combine"
local decide = require "awscicd.gate.decide"
local module = require "awscicd.support.module"
local people = require "awscicd.gate.people"
local action = require "awscicd.pipeline.action"
local request = require "awscicd.gate.request"
local serve = require "awscicd.gate.serve"
local window = require "awscicd.gate.window"

local gate = module("gate", {
  approve = answers.approve, reject = answers.reject, wait = answers.wait, ask = answers.ask,
  hold = function(reason) return answers.hold(reason) end,
  all = combine.all, any = combine.any, negate = combine.negate,
  tests_passed = checks.tests_passed, alarms_quiet = checks.alarms_quiet, http_check = checks.http_check,
  change_at_most = checks.change_at_most, window = window,
  quorum = people.quorum, no_self_approval = people.no_self_approval, prompt = people.prompt,
  decide = decide.run, serve = serve, request = request.of,
})

-- A manual approval action for pipeline.stage: gate.manual "ManualApproval", or gate.manual { name =, message =
-- (CustomData), url = (ExternalEntityLink), topic = (ARN to notify), timeout = (minutes, 5 to 86400), run_order = }.
function gate.manual(options)
  if type(options) == "string" then options = { name = options } end
  local fields = { message = "string", url = "string", topic = "text", timeout = "integer" }
  return action.new("gate.manual", options, fields, function(given)
    return {
      category = "Approval", provider = "Manual", timeout = given.timeout,
      configuration = {
        CustomData = given.message, ExternalEntityLink = given.url, NotificationArn = given.topic and tostring(given.topic),
      },
    }
  end)
end

return gate
