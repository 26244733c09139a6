-- Environment variables of builds: plain values, and values that CodeBuild itself reads from Parameter Store or Secrets
-- Manager, so that no script and no definition holds them.

local list = require "awscicd.support.list"

local environment = {}

local Reference = { __tostring = function(self) return ("%s %s"):format(self.type, self.value) end }

-- The value of a parameter: build.parameter "/cicddemo/api-key".
function environment.parameter(name) return setmetatable({ type = "PARAMETER_STORE", value = name }, Reference) end

-- The value of a secret, or of one key of it: build.secret "awscicd/demo/db:password".
function environment.secret(reference) return setmetatable({ type = "SECRETS_MANAGER", value = reference }, Reference) end

-- { NAME = value } as CodeBuild's list, in the order of the names.
function environment.list(map)
  return list.map(list.keys(map), function(name)
    local value = map[name]
    if getmetatable(value) == Reference then return { name = name, value = value.value, type = value.type } end
    return { name = name, value = tostring(value), type = "PLAINTEXT" }
  end)
end

return environment
