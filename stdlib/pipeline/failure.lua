-- Why a pipeline execution failed: the failing action's own reason, with the end of its own log.

local build = require "awscicd.build"
local deploy = require "awscicd.deploy"

-- `action` as pipeline.actions gives it. Returns text of one or more lines.
return function(action)
  local reason = action.error and (action.error.message or action.error.code) or action.summary
  local head = ("stage %s, action %s: %s%s"):format(action.stage, action.action, action.status, reason and ": " .. reason or "")
  if action.external_id then
    local ok, own = true, nil
    if action.provider == "CodeBuild" then
      ok, own = pcall(function() return build.failure(build.get(action.external_id):describe()) end)
    elseif action.provider == "CodeDeploy" then
      ok, own = pcall(deploy.failure, action.external_id)
    end
    if own then head = head .. "\n" .. (ok and own or ("(its log could not be read: %s)"):format(tostring(own))) end
  end
  return head
end
