-- Pipelines, builds, deployments, repositories, packages.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

kinds.pipeline = {
  title = "pipeline",
  missing = { "PipelineNotFoundException" }, busy = { "ConcurrentModificationException", "ConflictException" },
  find = function(scope)
    local found = {}
    for page in aws.codepipeline.pages.list_pipelines {} do
      for _, summary in ipairs(page.pipelines) do
        local labels = scope:by_tag() and tags.read(aws.codepipeline.list_tags_for_resource {
          resourceArn = arn.of("codepipeline", summary.name),
        }.tags)
        if scope:matches("pipeline", summary.name, labels) then found[#found + 1] = { name = summary.name, tags = labels } end
      end
    end
    return found
  end,
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

kinds.deployment_application = {
  title = "CodeDeploy application", missing = { "ApplicationDoesNotExistException" },
  find = function(scope)
    local found = {}
    for page in aws.codedeploy.pages.list_applications {} do
      for _, name in ipairs(page.applications) do
        local labels = scope:by_tag() and tags.read(aws.codedeploy.list_tags_for_resource {
          ResourceArn = arn.of("codedeploy", "application:" .. name),
        }.Tags)
        if scope:matches("deployment_application", name, labels) then found[#found + 1] = { name = name, tags = labels } end
      end
    end
    return found
  end,
  delete = function(resource) aws.codedeploy.delete_application { applicationName = resource.name } end,
}

kinds.deployment_group = {
  title = "deployment group", find_after = { "deployment_application" },
  missing = { "DeploymentGroupDoesNotExistException", "ApplicationDoesNotExistException" },
  find = function(scope)
    local found = {}
    local function group(application, name)
      scope:expect("auto_scaling_group", "CodeDeploy_" .. name .. "_")
      found[#found + 1] = { name = name, application = application, label = application .. "/" .. name }
    end
    for _, name in ipairs(scope.names.deployment_group or {}) do
      scope:expect("auto_scaling_group", "CodeDeploy_" .. name .. "_")  -- also when the group itself is gone already
    end
    for page in aws.codedeploy.pages.list_applications {} do
      for _, application in ipairs(page.applications) do
        local whole = list.find(scope.found.deployment_application, function(one) return one.name == application end)
        for groups in aws.codedeploy.pages.list_deployment_groups { applicationName = application } do
          for _, name in ipairs(groups.deploymentGroups) do
            if whole or scope:matches("deployment_group", name) then group(application, name) end
          end
        end
      end
    end
    return found
  end,
  -- A deployment that runs is stopped, without rolling back, before its group goes.
  delete = function(resource, context)
    local running = aws.codedeploy.list_deployments {
      applicationName = resource.application, deploymentGroupName = resource.name,
      includeOnlyStatuses = { "Created", "Queued", "InProgress", "Ready" },
    }.deployments
    for _, id in ipairs(running) do
      local _, err = aws.codedeploy.try.stop_deployment { deploymentId = id, autoRollbackEnabled = false }
      if err and not err:is("DeploymentAlreadyCompletedException") then error(err) end
    end
    local answer = aws.codedeploy.delete_deployment_group {
      applicationName = resource.application, deploymentGroupName = resource.name,
    }
    for _, hook in ipairs(answer.hooksNotCleanedUp or {}) do
      context.say(("CodeDeploy left the hook %s in %s; removing it"):format(hook.hook, hook.name))
      aws.autoscaling.delete_lifecycle_hook { AutoScalingGroupName = hook.name, LifecycleHookName = hook.hook }
    end
  end,
}

kinds.build_project = {
  title = "build project",
  find = function(scope)
    local found = {}
    for page in aws.codebuild.pages.list_projects {} do
      for _, names in ipairs(list.chunks(page.projects, 100)) do
        for _, project in ipairs(aws.codebuild.batch_get_projects { names = names }.projects) do
          local labels = tags.read(project.tags)
          if scope:matches("build_project", project.name, labels) then
            found[#found + 1] = { name = project.name, tags = labels }
          end
        end
      end
    end
    for _, resource in ipairs(found) do scope:expect("report_group", resource.name .. "-") end
    for _, name in ipairs(scope.names.build_project or {}) do scope:expect("report_group", name .. "-") end
    return found
  end,
  -- Builds that run are stopped; their history would outlive the project, so it goes too.
  delete = function(resource)
    local page, err = aws.codebuild.try.list_builds_for_project { projectName = resource.name }
    if err and not err:is("ResourceNotFoundException") then error(err) end
    while page do
      for _, ids in ipairs(list.chunks(page.ids or {}, 100)) do
        for _, build in ipairs(aws.codebuild.batch_get_builds { ids = ids }.builds) do
          if not build.buildComplete then aws.codebuild.stop_build { id = build.id } end
        end
        aws.codebuild.batch_delete_builds { ids = ids }
      end
      page = page.nextToken and aws.codebuild.list_builds_for_project {
        projectName = resource.name, nextToken = page.nextToken,
      }
    end
    aws.codebuild.delete_project { name = resource.name }
  end,
}

kinds.report_group = {
  title = "report group", find_after = { "build_project" }, missing = { "ResourceNotFoundException" },
  find = function(scope)
    local found = {}
    for page in aws.codebuild.pages.list_report_groups {} do
      for _, group_arn in ipairs(page.reportGroups) do
        local name = group_arn:match("report%-group/(.+)$")
        if scope:matches("report_group", name) then found[#found + 1] = { name = name, id = group_arn } end
      end
    end
    return found
  end,
  delete = function(resource) aws.codebuild.delete_report_group { arn = resource.id, deleteReports = true } end,
}

kinds.repository = {
  title = "CodeCommit repository",
  find = function(scope)
    local found = {}
    for page in aws.codecommit.pages.list_repositories {} do
      for _, repository in ipairs(page.repositories) do
        local name = repository.repositoryName
        local labels = scope:by_tag() and (aws.codecommit.list_tags_for_resource {
          resourceArn = arn.of("codecommit", name),
        }.tags or {})
        if scope:matches("repository", name, labels) then found[#found + 1] = { name = name, tags = labels } end
      end
    end
    return found
  end,
  delete = function(resource) aws.codecommit.delete_repository { repositoryName = resource.name } end,
}

kinds.package_repository = {
  title = "CodeArtifact repository", missing = { "ResourceNotFoundException" }, busy = { "ConflictException" },
  find = function(scope)
    local found = {}
    for page in aws.codeartifact.pages.list_repositories {} do
      for _, repository in ipairs(page.repositories) do
        local labels = scope:by_tag() and tags.read(aws.codeartifact.list_tags_for_resource { resourceArn = repository.arn }.tags)
        if scope:matches("package_repository", repository.name, labels) then
          found[#found + 1] = {
            name = repository.name, domain = repository.domainName, tags = labels,
            label = repository.domainName .. "/" .. repository.name,
          }
        end
      end
    end
    return found
  end,
  delete = function(resource)
    aws.codeartifact.delete_repository { domain = resource.domain, repository = resource.name }
  end,
}

kinds.package_domain = {
  title = "CodeArtifact domain", missing = { "ResourceNotFoundException" }, busy = { "ConflictException" },
  find = function(scope)
    local found = {}
    for page in aws.codeartifact.pages.list_domains {} do
      for _, domain in ipairs(page.domains) do
        local labels = scope:by_tag() and tags.read(aws.codeartifact.list_tags_for_resource { resourceArn = domain.arn }.tags)
        if scope:matches("package_domain", domain.name, labels) then found[#found + 1] = { name = domain.name, tags = labels } end
      end
    end
    return found
  end,
  delete = function(resource) aws.codeartifact.delete_domain { domain = resource.name } end,
  blocker = function(resource)
    local held = aws.codeartifact.list_repositories_in_domain { domain = resource.name }.repositories
    if #held > 0 then return ("it holds the repository %s"):format(held[1].name) end
  end,
}

return kinds
