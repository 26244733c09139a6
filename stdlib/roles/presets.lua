-- What each service of a delivery pipeline needs to be allowed, action by action. Each preset returns a list of
-- statements for roles.ensure { allow = ... }.

local arn = require "awscicd.support.arn"
local options_of = require "awscicd.support.options"

local presets = {}

local function bucket_arn(bucket) return arn.of("s3", bucket, { region = "", account = "" }) end

-- Reading and writing artifacts in a bucket.
function presets.artifacts(bucket)
  return { { "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", on = bucket_arn(bucket) .. "/*" } }
end

-- Only reading them: for instances that fetch their bundle.
function presets.artifacts_read(bucket)
  return { { "s3:GetObject", "s3:GetObjectVersion", on = bucket_arn(bucket) .. "/*" } }
end

-- Writing one CloudWatch Logs group.
function presets.logs(group)
  local group_arn = arn.of("logs", "log-group:" .. group)
  return { {
    "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", on = { group_arn, group_arn .. ":*" },
  } }
end

-- Reading parameters by name ("/cicddemo/greeting").
function presets.parameters(names)
  local on = {}
  for i, name in ipairs(names) do on[i] = arn.of("ssm", "parameter/" .. name:gsub("^/", "")) end
  return { { "ssm:GetParameters", on = on } }
end

-- Reading secrets by name; the ARN of a secret ends in six characters that Secrets Manager chooses.
function presets.secrets(names)
  local on = {}
  for i, name in ipairs(names) do on[i] = arn.of("secretsmanager", "secret:" .. name .. "-??????") end
  return { { "secretsmanager:GetSecretValue", on = on } }
end

-- Writing test reports of one build project.
function presets.reports(project)
  return { {
    "codebuild:CreateReportGroup", "codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases",
    on = arn.of("codebuild", "report-group/" .. project .. "-*"),
  } }
end

-- Installing packages from a CodeArtifact repository with pip.
function presets.packages(domain, repository)
  return {
    { "codeartifact:GetAuthorizationToken", on = arn.of("codeartifact", "domain/" .. domain) },
    {
      "codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository",
      on = arn.of("codeartifact", "repository/" .. domain .. "/" .. repository),
    },
    {
      "sts:GetServiceBearerToken", on = "*",
      when = { StringEquals = { ["sts:AWSServiceName"] = "codeartifact.amazonaws.com" } },
    },
  }
end

-- A build project: its log, the pipeline's artifacts, and what its buildspec reads. Options: project, bucket,
-- parameters, secrets (lists of names), packages = { domain=, repository= }, reports (true), batch (true: it also starts
-- the builds of the project's batches).
function presets.codebuild(options)
  options = options_of.check("roles.codebuild", options, {
    project = "!string", bucket = "!string", parameters = "list", secrets = "list", packages = "table", reports = "boolean",
    batch = "boolean",
  })
  local allow = { presets.logs("/aws/codebuild/" .. options.project), presets.artifacts(options.bucket) }
  if options.parameters then allow[#allow + 1] = presets.parameters(options.parameters) end
  if options.secrets then allow[#allow + 1] = presets.secrets(options.secrets) end
  if options.packages then allow[#allow + 1] = presets.packages(options.packages.domain, options.packages.repository) end
  if options.reports then allow[#allow + 1] = presets.reports(options.project) end
  if options.batch then
    allow[#allow + 1] = {
      "codebuild:StartBuild", "codebuild:StopBuild", "codebuild:RetryBuild",
      on = arn.of("codebuild", "project/" .. options.project),
    }
  end
  return allow
end

-- A pipeline: its artifacts, and what each of its actions does. Options: bucket, repositories, projects (names),
-- batches (names of projects whose batch builds it starts), deployments = { { application=, group=, config= } }, topics
-- (ARNs that approvals notify).
function presets.codepipeline(options)
  options = options_of.check("roles.codepipeline", options, {
    bucket = "!string", repositories = "list", projects = "list", batches = "list", deployments = "list",
    topics = "list",
  })
  local allow = {
    presets.artifacts(options.bucket), { "s3:GetBucketVersioning", on = bucket_arn(options.bucket) },
  }
  for _, repository in ipairs(options.repositories or {}) do
    allow[#allow + 1] = {
      "codecommit:GetBranch", "codecommit:GetCommit", "codecommit:UploadArchive", "codecommit:GetUploadArchiveStatus",
      on = arn.of("codecommit", repository),
    }
  end
  for _, project in ipairs(options.projects or {}) do
    allow[#allow + 1] = {
      "codebuild:StartBuild", "codebuild:BatchGetBuilds", on = arn.of("codebuild", "project/" .. project),
    }
  end
  for _, project in ipairs(options.batches or {}) do
    allow[#allow + 1] = {
      "codebuild:StartBuildBatch", "codebuild:BatchGetBuildBatches", on = arn.of("codebuild", "project/" .. project),
    }
  end
  for _, deployment in ipairs(options.deployments or {}) do
    local application = arn.of("codedeploy", "application:" .. deployment.application)
    local group = arn.of("codedeploy", ("deploymentgroup:%s/%s"):format(deployment.application, deployment.group))
    local config = arn.of("codedeploy", "deploymentconfig:" .. (deployment.config or "CodeDeployDefault.OneAtATime"))
    allow[#allow + 1] = {
      "codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision",
      on = application,
    }
    allow[#allow + 1] = { "codedeploy:CreateDeployment", "codedeploy:GetDeployment", on = group }
    allow[#allow + 1] = { "codedeploy:GetDeploymentConfig", on = config }
  end
  if options.topics and #options.topics > 0 then allow[#allow + 1] = { "sns:Publish", on = options.topics } end
  return allow
end

-- Blue/green and in-place deployments by CodeDeploy onto Auto Scaling groups behind a load balancer. The calls of
-- these services do not take resource ARNs for what does not exist yet (the copied group), hence on = "*" there.
-- Options: instance_role (ARN of the role that the copied group's instances get), topics, alarms.
function presets.codedeploy(options)
  options = options_of.check("roles.codedeploy", options, {
    instance_role = "!string", topics = "list", alarms = "boolean|table",
  })
  local allow = {
    {
      "autoscaling:CompleteLifecycleAction", "autoscaling:CreateAutoScalingGroup", "autoscaling:DeleteAutoScalingGroup",
      "autoscaling:DeleteLifecycleHook", "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLifecycleHooks",
      "autoscaling:PutLifecycleHook", "autoscaling:RecordLifecycleActionHeartbeat", "autoscaling:ResumeProcesses",
      "autoscaling:SuspendProcesses", "autoscaling:UpdateAutoScalingGroup", on = "*",
    },
    {
      "ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ec2:RunInstances", "ec2:CreateTags",
      "ec2:TerminateInstances", on = "*",
    },
    {
      "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
      "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets", on = "*",
    },
    { "iam:PassRole", on = options.instance_role },
  }
  if options.alarms then allow[#allow + 1] = { "cloudwatch:DescribeAlarms", on = "*" } end
  if options.topics and #options.topics > 0 then allow[#allow + 1] = { "sns:Publish", on = options.topics } end
  return allow
end

-- An EventBridge rule that starts a pipeline.
function presets.pipeline_start(name)
  return { { "codepipeline:StartPipelineExecution", on = arn.of("codepipeline", name) } }
end

return presets
