-- Build projects, report groups, package repositories and domains.

local aws = require "awscicd.teardown.aws"
local find = require "awscicd.teardown.find"
local list = require "awscicd.support.list"
local tags = require "awscicd.support.tags"

local kinds = {}

-- The projects of a page of names, 100 at a time.
local function described_projects(page)
  local all = {}
  for _, names in ipairs(list.chunks(page.projects, 100)) do
    list.append(all, aws.codebuild.batch_get_projects { names = names }.projects)
  end
  return all
end

kinds.build_project = {
  title = "build project",
  find = find {
    pages = function() return aws.codebuild.pages.list_projects {} end, items = described_projects,
    name = function(project) return project.name end,
    labels = find.within(function(project) return tags.read(project.tags) end),
  },
  -- Builds that run are stopped, and have ended before the project goes; their history would outlive the project, so it
  -- goes too.
  delete = function(resource)
    local page, err = aws.codebuild.try.list_builds_for_project { projectName = resource.name }
    if err and not err:is("ResourceNotFoundException") then error(err) end
    local all, running = {}, nil
    while page do
      list.append(all, page.ids)
      page = page.nextToken and aws.codebuild.list_builds_for_project {
        projectName = resource.name, nextToken = page.nextToken,
      }
    end
    local slices = list.chunks(all, 100)
    for _, ids in ipairs(slices) do
      for _, build in ipairs(aws.codebuild.batch_get_builds { ids = ids }.builds) do
        if not build.buildComplete then
          aws.codebuild.stop_build { id = build.id }
          running = build.id
        end
      end
    end
    if running then return ("build %s to stop"):format(running) end
    for _, ids in ipairs(slices) do aws.codebuild.batch_delete_builds { ids = ids } end
    aws.codebuild.delete_project { name = resource.name }
  end,
}

local function described_reports(page)
  local all = {}
  for _, arns in ipairs(list.chunks(page.reportGroups, 100)) do
    list.append(all, aws.codebuild.batch_get_report_groups { reportGroupArns = arns }.reportGroups)
  end
  return all
end

kinds.report_group = {
  title = "report group", find_after = { "build_project" }, missing = { "ResourceNotFoundException" },
  late = true,  -- a build that was just stopped may still report
  find = find {
    pages = function(scope)
      -- Whose a report group is can only be told with the names of all projects: where nobody has looked at them yet, this
      -- does, and raises where they may not be listed.
      if not scope.outside.build_project then kinds.build_project.find(scope, "build_project") end
      scope:expect_of_each("build_project", "report_group", "", "%-")
      return aws.codebuild.pages.list_report_groups {}
    end,
    items = described_reports,
    name = function(group) return group.name end,
    labels = find.within(function(group) return tags.read(group.tags) end),
    keep = function(group) return { id = group.arn } end,
    -- "shop-api-tests" belongs to the project shop-api, where there is one, and not to the project shop.
    skip = function(_, name, scope)
      local owner
      for _, names in ipairs { scope:all_names("build_project"), scope.outside.build_project } do
        for _, project in ipairs(names) do
          if name:sub(1, #project + 1) == project .. "-" and (not owner or #project > #owner) then owner = project end
        end
      end
      return owner and list.contains(scope.outside.build_project, owner)
    end,
  },
  delete = function(resource) aws.codebuild.delete_report_group { arn = resource.id, deleteReports = true } end,
}

local function package_tags(one) return tags.read(aws.codeartifact.list_tags_for_resource { resourceArn = one.arn }.tags) end

kinds.package_repository = {
  title = "CodeArtifact repository", find_after = { "package_domain" },
  missing = { "ResourceNotFoundException" }, busy = { "ConflictException" },
  find = find {
    pages = function(scope)
      -- A domain takes its repositories along.
      scope:expect_of_each("package_domain", "package_repository", "", "/")
      return aws.codeartifact.pages.list_repositories {}
    end,
    items = "repositories",
    name = function(repository) return repository.domainName .. "/" .. repository.name end,
    short = function(repository) return repository.name end,
    labels = find.each(package_tags),
    keep = function(repository) return { domain = repository.domainName, repository = repository.name } end,
  },
  delete = function(resource)
    aws.codeartifact.delete_repository { domain = resource.domain, repository = resource.repository }
  end,
}

kinds.package_domain = {
  title = "CodeArtifact domain", missing = { "ResourceNotFoundException" }, busy = { "ConflictException" },
  find = find {
    pages = function() return aws.codeartifact.pages.list_domains {} end, items = "domains",
    name = function(domain) return domain.name end,
    labels = find.each(package_tags),
  },
  delete = function(resource) aws.codeartifact.delete_domain { domain = resource.name } end,
  blocker = function(resource)
    local held = aws.codeartifact.list_repositories_in_domain { domain = resource.name }.repositories
    if #held > 0 then return ("it holds the repository %s"):format(held[1].name) end
  end,
}

return kinds
