-- Rules of EventBridge that start a pipeline: when a branch moves, and by the clock.

local arn = require "awscicd.support.arn"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local starts = {}

local function start_pipeline(options, rule)
  rule.Name, rule.State, rule.Tags = options.name, "ENABLED", options.tags and tags.upper(options.tags)
  local made = aws.events.put_rule(rule).RuleArn
  aws.events.put_targets {
    Rule = options.name,
    Targets = { { Id = "pipeline", Arn = arn.of("codepipeline", options.pipeline), RoleArn = tostring(options.role) } },
  }
  return made
end

-- Starts a pipeline when a branch moves: at once, where polling takes up to a minute. Options: name, repository, branch
-- ("main"), pipeline, role (ARN that EventBridge assumes; see roles.pipeline_start), tags. Returns the rule's ARN.
function starts.trigger(options)
  options = options_of.check("source.trigger", options, {
    name = "!string", repository = "!string", branch = "string", pipeline = "!string", role = "!text", tags = "table",
  })
  local branch = options.branch or "main"
  return start_pipeline(options, {
    Description = ("Starts %s when %s of %s moves"):format(options.pipeline, branch, options.repository),
    EventPattern = json.encode {
      source = { "aws.codecommit" }, ["detail-type"] = { "CodeCommit Repository State Change" },
      resources = { arn.of("codecommit", options.repository) },
      detail = { event = { "referenceCreated", "referenceUpdated" }, referenceType = { "branch" }, referenceName = { branch } },
    },
  })
end

-- Starts a pipeline by the clock. Options: name, when ("rate(1 day)", "cron(0 6 ? * MON-FRI *)"; UTC), pipeline, role,
-- tags. Returns the rule's ARN.
function starts.schedule(options)
  options = options_of.check("source.schedule", options, {
    name = "!string", when = "!string", pipeline = "!string", role = "!text", tags = "table",
  })
  if not options.when:find("^rate%b()$") and not options.when:find("^cron%b()$") then
    error(("source.schedule: when is %q; it is rate(...) or cron(...)"):format(options.when), 2)
  end
  return start_pipeline(options, {
    Description = ("Starts %s at %s"):format(options.pipeline, options.when), ScheduleExpression = options.when,
  })
end

return starts
