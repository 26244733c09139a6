-- Whether what a definition refers to is there: the role, the bucket, repositories, projects, deployment groups. Found
-- before the pipeline is made, and all at once, where CodePipeline would find them one after another, and most of them only
-- when the stage runs.

local arn = require "awscicd.support.arn"
local list = require "awscicd.support.list"

local references = {}

-- Calls that tell whether a thing is there: they raise, or give nil, when it is not. What the caller may not look up is
-- not reported.
local look = {
  role = function(name) return aws.iam.try.get_role { RoleName = name } end,
  bucket = function(name) return aws.s3.try.head_bucket { Bucket = name } end,
  repository = function(name) return aws.codecommit.try.get_repository { repositoryName = name } end,
  project = function(name)
    local found, err = aws.codebuild.try.batch_get_projects { names = { name } }
    if not found then return nil, err end
    return #found.projects > 0 or nil
  end,
  ["deployment group"] = function(group, application)
    return aws.codedeploy.try.get_deployment_group { applicationName = application, deploymentGroupName = group }
  end,
}

-- The codes by which the services say "not there"; any other error says nothing about that.
local not_there = {
  NoSuchEntity = true, NotFound = true, NoSuchBucket = true, ["404"] = true, RepositoryDoesNotExistException = true,
  ApplicationDoesNotExistException = true, DeploymentGroupDoesNotExistException = true,
}

local function of_action(action)
  local settings = action.configuration
  if action.region or action.role then return nil end  -- in another region, or in another account for all we know
  if action.provider == "CodeCommit" then return "repository", settings.RepositoryName end
  if action.provider == "CodeBuild" then return "project", settings.ProjectName end
  if action.provider == "CodeDeploy" then return "deployment group", settings.DeploymentGroupName, settings.ApplicationName end
  if action.provider == "S3" then return "bucket", settings.S3Bucket or settings.BucketName end
end

-- What is not there, as lines that each name the script's line.
function references.problems(options)
  local wanted = {}
  local function want(line, kind, name, extra)
    if type(name) == "string" and not name:find("#{", 1, true) then
      wanted[#wanted + 1] = { line = line, kind = kind, name = name, extra = extra }
    end
  end
  local role = tostring(options.role)
  local parsed = arn.parse(role)
  if not parsed or parsed.account == aws.account() then want(options.line, "role", (role:match("[^/]+$"))) end
  for _, bucket in pairs(type(options.artifacts) == "string" and { options.artifacts } or {}) do
    want(options.line, "bucket", bucket)
  end
  for _, stage in ipairs(options) do
    for _, action in ipairs(stage.actions) do want(action.line, of_action(action)) end
  end
  local found = task.map(wanted, function(one)
    local there, err = look[one.kind](one.name, one.extra)
    if there then return "" end
    if err and not not_there[err.code or ""] then return "" end
    return ("%s: there is no %s %q%s"):format(one.line, one.kind, one.name,
      one.extra and (" of application %q"):format(one.extra) or "")
  end, { limit = 8 })
  return list.filter(found, function(problem) return problem ~= "" end)
end

return references
