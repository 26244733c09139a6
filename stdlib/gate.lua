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
local decide = require "awscicd.gate.decide"
local helpers = require "awscicd.gate.helpers"
local request = require "awscicd.gate.request"
local serve = require "awscicd.gate.serve"
local where = require "awscicd.support.where"

local gate = {
  approve = answers.approve, reject = answers.reject, wait = answers.wait, hold = answers.hold, ask = answers.ask,
  all = answers.all, any = answers.any, negate = answers.negate,
  decide = decide.run, serve = serve, request = request.of,
}

for name, helper in pairs(helpers) do gate[name] = helper end

-- A manual approval action for pipeline.stage: gate.manual "ManualApproval", or gate.manual { name =, message =
-- (CustomData), url = (ExternalEntityLink), topic = (ARN to notify), timeout = (minutes, 5 to 86400), run_order = }.
function gate.manual(options)
  if type(options) == "string" then options = { name = options } end
  return {
    primitive = "gate.manual", line = where.here(1), name = options.name, category = "Approval", provider = "Manual",
    needs = {}, inputs = {}, outputs = {}, timeout = options.timeout, run_order = options.run_order,
    configuration = {
      CustomData = options.message, ExternalEntityLink = options.url, NotificationArn = options.topic,
    },
    namespace = options.namespace, role = options.role,
  }
end

return gate
