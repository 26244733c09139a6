-- Waiting until a new role can be used: IAM answers at once, but the other services see a new role, or an instance profile,
-- some seconds later, and refuse until then.

local poll = require "awscicd.support.poll"
local where = require "awscicd.support.where"

-- How each service says that it cannot use a role (yet), by error code. `true`: the code means that alone. "names": the code
-- means much else too; then the message has to name the role or profile, or the action AssumeRole, as these refusals do.
local refusals = {
  codedeploy = { InvalidRoleException = true },
  codebuild = { InvalidInputException = "names" },
  codepipeline = { InvalidStructureException = "names" },
  autoscaling = { ValidationError = "names" },
  ec2 = { InvalidParameterValue = "names", ["InvalidIamInstanceProfile.NotFound"] = true },
  lambda = { InvalidParameterValueException = "names" },
  events = { ValidationException = "names" },
  ecs = { ClientException = "names", InvalidParameterException = "names" },
  sts = { AccessDenied = "names" },
}

-- What the call gave names the thing: an ARN, a role's or profile's name, or IAM's word for either. These are the parts of
-- API identifiers that services put into such messages, whatever their prose.
local function names_it(message, role)
  if role and (message:find(role, 1, true) or message:find(role:match("[^/]+$"), 1, true)) then return true end
  return message:find("AssumeRole", 1, true) ~= nil or message:find("IAM Instance Profile", 1, true) ~= nil
    or message:find("IamInstanceProfile", 1, true) ~= nil or message:find("iamInstanceProfile", 1, true) ~= nil
end

local function field(err, name)
  local ok, value = pcall(function() return err[name] end)
  return ok and value or nil
end

-- Whether an error says that a role cannot be used.
local function is_refusal(err, role)
  if type(err) == "string" then return false end
  local by_code = refusals[field(err, "service") or ""]
  local meaning = by_code and by_code[field(err, "code") or ""]
  if meaning == "names" then return names_it(tostring(field(err, "message") or ""), role) end
  return meaning == true
end

-- How old a role may be, in seconds, for a refusal to be blamed on its youth.
local young = 300

local function is_old(role)
  local name = role:match(":role/(.+)$") or role
  local found = aws.iam.try.get_role { RoleName = name:match("[^/]+$") }
  local made = found and found.Role.CreateDate
  return made ~= nil and time.now() - made > young
end

-- Runs `call` again while a service answers that it cannot use the role yet, and returns its result (true when it has
-- none). Any other error is raised at once; so is a refusal of a role that is old enough to be known everywhere. Options:
-- role (ARN or name), timeout (seconds, 60), what (for the message).
return function(call, options)
  options = options or {}
  local role, checked = options.role and tostring(options.role), false
  local last
  return poll.until_some(function()
    local ok, result = pcall(call)
    if ok then return result == nil and true or result end
    if not is_refusal(result, role) then error(result, 0) end
    if role and not checked then
      if is_old(role) then error(result, 0) end
      checked = true
    end
    last = result
  end, {
    timeout = options.timeout or 60, what = options.what or "the new role becoming usable",
    describe = function() return ("%s, at %s"):format(tostring(last), where.script()) end,
  })
end
