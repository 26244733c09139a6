-- Pipelines, deployments, repositories.

local arn = require "awscicd.support.arn"
local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.pipeline = {
  title = "pipeline",
  missing = { "PipelineNotFoundException" }, busy = { "ConcurrentModificationException", "ConflictException" },
  find = find {
    pages = function() return aws.codepipeline.pages.list_pipelines {} end, items = "pipelines",
    name = function(summary) return summary.name end,
    labels = find.each(function(summary)
      return tags.read(aws.codepipeline.list_tags_for_resource { resourceArn = arn.of("codepipeline", summary.name) }.tags)
    end),
  },
  -- What runs is abandoned first, so that it starts nothing new while the rest is taken down.
  delete = function(resource)
    for page in aws.codepipeline.pages.list_pipeline_executions { pipelineName = resource.name } do
      for _, execution in ipairs(page.pipelineExecutionSummaries) do
        if execution.status == "InProgress" then
          local _, err = aws.codepipeline.try.stop_pipeline_execution {
            pipelineName = resource.name, pipelineExecutionId = execution.pipelineExecutionId, abandon = true,
            reason = "the pipeline is being deleted",
          }
          if err and not err:is("DuplicatedStopRequestException", "PipelineExecutionNotStoppableException") then error(err) end
        end
      end
    end
    aws.codepipeline.delete_pipeline { name = resource.name }
  end,
}

local function deploy_tags(resource)
  return tags.read(aws.codedeploy.list_tags_for_resource { ResourceArn = arn.of("codedeploy", resource) }.Tags)
end

kinds.deployment_application = {
  title = "CodeDeploy application", missing = { "ApplicationDoesNotExistException" },
  find = find {
    pages = function() return aws.codedeploy.pages.list_applications {} end, items = "applications",
    name = function(name) return name end,
    labels = find.each(function(name) return deploy_tags("application:" .. name) end),
  },
  delete = function(resource) aws.codedeploy.delete_application { applicationName = resource.name } end,
}

-- A blue/green deployment copies its Auto Scaling group, as CodeDeploy_<deployment group>_d-<id of the deployment>.
local function expect_copies(scope, name, group)
  scope:expect("auto_scaling_group", "CodeDeploy_", name, "_d%-%w+$", group)
end

local function deployment_groups(page)
  local all = {}
  for _, application in ipairs(page.applications) do
    for groups in aws.codedeploy.pages.list_deployment_groups { applicationName = application } do
      for _, name in ipairs(groups.deploymentGroups) do all[#all + 1] = { application = application, group = name } end
    end
  end
  return all
end

local search_groups = find {
  pages = function() return aws.codedeploy.pages.list_applications {} end, items = deployment_groups,
  name = function(one) return one.application .. "/" .. one.group end,
  short = function(one) return one.group end,
  labels = find.each(function(one) return deploy_tags(("deploymentgroup:%s/%s"):format(one.application, one.group)) end),
  keep = function(one) return { application = one.application, group = one.group } end,
}

kinds.deployment_group = {
  title = "deployment group", find_after = { "deployment_application" },
  missing = { "DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException" },
  leaves = { "auto_scaling_group" },
  find = function(scope, kind)
    -- An application takes its groups along.
    scope:expect_of_each("deployment_application", kind, "", "/")
    local found, problem = search_groups(scope, kind)
    for _, resource in ipairs(found) do expect_copies(scope, resource.group, resource) end
    -- Of those that are gone the caller's names are left.
    for _, name in ipairs(scope.names[kind] or {}) do expect_copies(scope, name:match("[^/]+$")) end
    return found, problem
  end,
  -- A deployment that runs is stopped, without rolling back, and has ended before its group goes: else it would go on
  -- making instances that nothing names any more.
  delete = function(resource, context)
    local running = aws.codedeploy.list_deployments {
      applicationName = resource.application, deploymentGroupName = resource.group,
      includeOnlyStatuses = { "Created", "Queued", "InProgress", "Baking", "Ready" },
    }.deployments
    for _, id in ipairs(running) do
      local _, err = aws.codedeploy.try.stop_deployment { deploymentId = id, autoRollbackEnabled = false }
      if err and not err:is("DeploymentAlreadyCompletedException") then error(err) end
    end
    if #running > 0 then return ("deployment %s to stop"):format(running[1]) end
    local answer = aws.codedeploy.delete_deployment_group {
      applicationName = resource.application, deploymentGroupName = resource.group,
    }
    for _, hook in ipairs(answer.hooksNotCleanedUp or {}) do
      context.say(("CodeDeploy left the hook %s in %s; removing it"):format(hook.hook, hook.name))
      aws.autoscaling.delete_lifecycle_hook { AutoScalingGroupName = hook.name, LifecycleHookName = hook.hook }
    end
  end,
}

kinds.repository = {
  title = "CodeCommit repository",
  find = find {
    pages = function() return aws.codecommit.pages.list_repositories {} end, items = "repositories",
    name = function(repository) return repository.repositoryName end,
    labels = find.each(function(repository)
      return aws.codecommit.list_tags_for_resource { resourceArn = arn.of("codecommit", repository.repositoryName) }.tags
    end),
  },
  delete = function(resource) aws.codecommit.delete_repository { repositoryName = resource.name } end,
}

return kinds
