--- Deployments by CodeDeploy: applications, groups, deployments followed instance by instance and hook by hook.
--
--   deploy.application { name = "web" }
--   deploy.group { application = "web", name = "blue-green", role = role, groups = { "web-asg" }, target_group = "web-tg",
--     blue_green = { terminate_minutes = 5 }, alarms = { "web-5xx" } }
--   deploy.start { application = "web", group = "blue-green", bucket = bucket, key = "web.zip" }:wait { show = true }

local action = require "awscicd.pipeline.action"
local deployments = require "awscicd.deploy.deployments"
local groups = require "awscicd.deploy.groups"
local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"
local verify = require "awscicd.deploy.verify"

local deploy = module("deploy", {
  verify = verify.while_serving, expect = verify.expect,
  group = groups.ensure, groups_of = groups.groups_of, config = groups.config,
  get = deployments.get, start = deployments.start, show = deployments.show, failure = deployments.failure,
  history = deployments.history, rollback = deployments.rollback,
})

-- A deploy action for pipeline.stage: CodeDeploy onto instances. Options: application, group, input, and name, namespace,
-- run_order, role, region.
function deploy.codedeploy(options)
  return action.new("deploy.codedeploy", options, {
    application = "!string", group = "!string", input = "!string",
  }, function(given)
    return {
      name = given.group, category = "Deploy", provider = "CodeDeploy",
      configuration = { ApplicationName = given.application, DeploymentGroupName = given.group },
    }
  end)
end

-- A deploy action that puts the input into a bucket: unpacked (extract = true, the default), or as one object. Options:
-- bucket, input, key (a prefix when unpacked; the object's key otherwise), extract, acl, cache_control, and the common ones.
function deploy.s3(options)
  return action.new("deploy.s3", options, {
    bucket = "!string", input = "!string", key = "string", extract = "boolean", acl = "string", cache_control = "string",
  }, function(given)
    return {
      name = given.bucket, category = "Deploy", provider = "S3",
      configuration = {
        BucketName = given.bucket, ObjectKey = given.key, Extract = tostring(given.extract ~= false), CannedACL = given.acl,
        CacheControl = given.cache_control,
      },
    }
  end)
end

-- An application, created when it is not there. Options: name, platform ("Server", "ECS", "Lambda"), tags. Returns its name.
function deploy.application(options)
  options = options_of.check("deploy.application", options, {
    name = "!string", platform = { "Server", "ECS", "Lambda" }, tags = "table",
  })
  local _, err = aws.codedeploy.try.create_application {
    applicationName = options.name, computePlatform = options.platform or "Server",
    tags = options.tags and tags.upper(options.tags),
  }
  if err and not err:is("ApplicationAlreadyExistsException") then error(err) end
  return options.name
end

return deploy
