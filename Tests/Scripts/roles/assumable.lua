-- Needs: the local cloud
-- Waiting for a new role: told by the service's code and the role that it names, not by words; nothing else is tried again.
local check = require "check"

local role = roles.ensure { name = "fresh", service = "codebuild", allow = roles.logs "/aws/codebuild/x" }
-- Errors as the services make them, at the first few calls.
local function service_error(service, code, message)
  return setmetatable({ service = service, code = code, message = message }, {
    __tostring = function() return code .. ": " .. message end,
  })
end
local function after(calls, problem)
  local count = 0
  return function()
    count = count + 1
    if count <= calls then error(problem) end
    return count
  end
end
local function wait(call, options)
  options = options or {}
  options.role = options.role or role
  return roles.when_assumable(call, options)
end

-- What each service says of a role that it cannot use yet, whatever the words around its name.
local refused = {
  service_error("codedeploy", "InvalidRoleException", "?"),
  service_error("codebuild", "InvalidInputException", "CodeBuild is not authorized to perform: sts:AssumeRole on " .. role.arn),
  service_error("codepipeline", "InvalidStructureException", "something about " .. role.arn),
  service_error("autoscaling", "ValidationError", "Invalid IAM Instance Profile name"),
  service_error("ec2", "InvalidParameterValue", "Value (fresh) for parameter iamInstanceProfile.name is invalid"),
}
for _, problem in ipairs(refused) do check.equal(wait(after(1, problem)), 2, problem.code) end

-- What only looks like it is raised at once.
local others = {
  service_error("codebuild", "InvalidInputException", "Project name is not valid: a role could be meant"),
  service_error("codepipeline", "InvalidStructureException", "Stage Build has no actions"),
  service_error("codebuild", "ResourceAlreadyExistsException", "the project of role " .. role.arn),
  service_error("codedeploy", "ThrottlingException", "AssumeRole"),
  "a text that says AssumeRole and cannot be assumed",
}
for number, problem in ipairs(others) do
  local calls = 0
  local ok = pcall(wait, function()
    calls = calls + 1
    error(problem, 0)
  end)
  check.equal({ ok, calls }, { false, 1 }, "other error " .. number)
end

-- A role that never becomes usable ends with what the service said last, and where the script waits.
check.fails(function() wait(after(1000, refused[1]), { timeout = 0.5, what = "the build's role" }) end,
  "the build's role did not happen within", "InvalidRoleException", "assumable.lua:")

-- The service of the local cloud itself refuses a role that trusts somebody else.
local wrong = roles.ensure { name = "trusts-another", service = "ec2", allow = roles.logs "/x" }
local _, problem = aws.codebuild.try.create_project {
  name = "refused", serviceRole = wrong.arn, source = { type = "NO_SOURCE", buildspec = "version: 0.2" },
  artifacts = { type = "NO_ARTIFACTS" },
  environment = { type = "LINUX_CONTAINER", image = "aws/codebuild/standard:7.0", computeType = "BUILD_GENERAL1_SMALL" },
}
check.yes(problem, "a refusal")
check.equal(problem.code, "InvalidInputException")
check.has(problem.message, "AssumeRole")
