-- The series' foundation, article by article: bucket, repository, packages, secrets, roles, build project, fleet,
-- deployment group, notifications. Every step creates what is missing and leaves alone what is right.

local demo_app = require "demo_app"
local poll = require "awscicd.support.poll"
local series = require "series"

local foundation = {}

-- Articles 2 to 7: where the code, the artifacts, the packages and the secrets are.
function foundation.stores(names, app)
  artifacts.bucket { name = names.bucket, tags = names.tags }
  local packages = artifacts.packages { domain = names.domain, repository = names.packages, tags = names.tags }
  artifacts.publish(packages, demo_app.package(names))
  secrets.parameter { name = names.greeting, value = "Hello from Parameter Store", tags = names.tags }
  secrets.parameter { name = names.api_key, value = secrets.random(), secure = true, keep = true, tags = names.tags }
  secrets.secret {
    name = names.secret, value = { username = "demo", password = secrets.random() }, keep = true, tags = names.tags,
  }
  source.repository { name = names.repository, description = "What the pipeline delivers", tags = names.tags }
  if not source.head(names.repository, names.branch) then
    source.commit {
      repository = names.repository, branch = names.branch, files = app.files, message = "First version",
    }
  end
end

-- One role for each service, each allowed what it does here and nothing else. `alarms`: whether deployments watch any.
function foundation.roles(names, topic, alarms)
  local instance = roles.ensure {
    name = names.roles.instance, service = "ec2", allow = roles.artifacts_read(names.bucket), tags = names.tags,
  }
  roles.instance_profile { name = names.profile, role = instance, tags = names.tags }
  roles.ensure {
    name = names.roles.build, service = "codebuild", tags = names.tags,
    allow = roles.codebuild {
      project = names.project, bucket = names.bucket, parameters = { names.greeting, names.api_key },
      secrets = { names.secret }, packages = { domain = names.domain, repository = names.packages }, reports = true,
    },
  }
  roles.ensure {
    name = names.roles.deploy, service = "codedeploy", tags = names.tags,
    allow = roles.codedeploy { instance_role = instance.arn, alarms = alarms },
  }
  roles.ensure {
    name = names.roles.pipeline, service = "codepipeline", tags = names.tags,
    allow = roles.codepipeline {
      bucket = names.bucket, repositories = { names.repository }, projects = { names.project },
      deployments = { { application = names.application, group = names.group } }, topics = { topic },
    },
  }
  return roles.ensure {
    name = names.roles.events, service = "events", allow = roles.pipeline_start(names.pipeline), tags = names.tags,
  }
end

-- Articles 10, 11 and 15: instances behind a load balancer. Returns the load balancer, and the group once its instances are
-- up: serving, when the application's user data brings something to serve.
function foundation.fleet(names, size, app)
  local place = fleet.network(2)
  -- The site is public; its instances are reached through the load balancer alone.
  local outside = fleet.security_group {
    name = names.balancer_group, vpc = place.vpc, ingress = { { port = 80, from = "0.0.0.0/0" } }, tags = names.tags,
  }
  local inside = fleet.security_group {
    name = names.instance_group, vpc = place.vpc, ingress = { { port = app.port, from = outside } },
    tags = names.tags,
  }
  local targets = fleet.target_group {
    name = names.targets, vpc = place.vpc, port = app.port, path = app.health, drain = 30, tags = names.tags,
  }
  local balancer, template = table.unpack(task.all {
    function()
      return fleet.load_balancer {
        name = names.balancer, subnets = place.subnets, security_groups = { outside }, target_group = targets.arn,
        tags = names.tags,
      }
    end,
    function()
      return fleet.launch_template {
        name = names.template, image = fleet.amazon_linux(), security_groups = { inside }, profile = names.profile,
        user_data = app.user_data, tags = names.tags,
      }
    end,
  })
  local group = fleet.auto_scaling_group {
    name = names.fleet, template = template.id, subnets = place.subnets, size = size, target_groups = { targets.arn },
    -- Instances that serve nothing yet would be replaced for that.
    health_check = app.serves_at_launch and "ELB" or "EC2", tags = names.tags,
  }
  return balancer, group:wait_healthy(size, { targets = app.serves_at_launch })
end

-- Articles 4, 8 and 14: build project, deployment group, topic.
function foundation.services(names, alarms)
  build.project {
    name = names.project, role = roles.arn(names.roles.build), timeout = 20, tags = names.tags,
    description = "Builds and tests what the pipeline delivers",
  }
  deploy.application { name = names.application, tags = names.tags }
  return deploy.group {
    application = names.application, name = names.group, role = roles.arn(names.roles.deploy), groups = { names.fleet },
    target_group = names.targets, blue_green = true, alarms = alarms, tags = names.tags,
    rollback_on = alarms and { "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM" } or nil,
  }
end

-- An alarm on failed requests, which a deployment watches. Returns the names of the alarms.
function foundation.alarm(names)
  aws.cloudwatch.put_metric_alarm {
    AlarmName = names.alarm, Namespace = "AWS/ApplicationELB", MetricName = "HTTPCode_Target_5XX_Count", Statistic = "Sum",
    Period = 60, EvaluationPeriods = 1, Threshold = 1, ComparisonOperator = "GreaterThanOrEqualToThreshold",
    TreatMissingData = "notBreaching", Tags = { { Key = "project", Value = names.prefix } },
  }
  return { names.alarm }
end

-- Sets the alarm off as soon as the deployment of a run is under way: what a bad release would do by itself.
function foundation.raise_alarm(names, run)
  poll.until_some(function()
    for _, action in ipairs(run:actions()) do
      if action.provider == "CodeDeploy" and action.external_id then return true end
    end
  end, { what = "the deployment to begin", timeout = 600 })
  aws.cloudwatch.set_alarm_state { AlarmName = names.alarm, StateValue = "ALARM", StateReason = "set off by the script" }
end

function foundation.topic(names) return notify.topic { name = names.topic, tags = names.tags } end

-- Articles 12, 13, 14 and 16: the pipeline, what starts it, and who hears of it.
function foundation.pipeline(names, topic, events)
  local made = series.pipeline(names, topic)
  made:apply()
  source.trigger {
    name = names.trigger, repository = names.repository, branch = names.branch, pipeline = names.pipeline, role = events,
    tags = names.tags,
  }
  notify.rule { name = names.notification, topic = topic, pipeline = names.pipeline, tags = names.tags }
  return made
end

return foundation
