--- Parameters (SSM) and secrets (Secrets Manager): created, read, referred to. A value never occurs in a message.

local tags = require "awscicd.support.tags"
local secrets = {}

-- Creates or changes a parameter. Options: name, value, secure (SecureString), description, tags. Returns its name.
function secrets.parameter(options)
  local name = assert(options.name, "secrets.parameter: name is missing")
  local parameter = {
    Name = name, Value = assert(options.value, "secrets.parameter: value is missing"), Description = options.description,
    Type = options.secure and "SecureString" or "String", Overwrite = true,
  }
  aws.ssm.put_parameter(parameter)
  if options.tags then  -- put_parameter refuses tags together with Overwrite
    aws.ssm.add_tags_to_resource { ResourceType = "Parameter", ResourceId = name, Tags = tags.upper(options.tags) }
  end
  return name
end

-- Creates or changes a secret; a table becomes a JSON document, so that buildspecs can refer to its keys. A secret of
-- the same name that waits for its deletion is restored first. Options: name, value, description, tags. Returns its ARN.
function secrets.secret(options)
  local name = assert(options.name, "secrets.secret: name is missing")
  local value = assert(options.value, "secrets.secret: value is missing")
  if type(value) == "table" then value = json.encode(value) end
  local found = aws.secretsmanager.try.describe_secret { SecretId = name }
  if found and found.DeletedDate then aws.secretsmanager.restore_secret { SecretId = name } end
  if found then return aws.secretsmanager.put_secret_value { SecretId = name, SecretString = value }.ARN end
  return aws.secretsmanager.create_secret {
    Name = name, SecretString = value, Description = options.description, Tags = options.tags and tags.upper(options.tags),
  }.ARN
end

-- The value of a parameter, decrypted.
function secrets.read_parameter(name)
  return aws.ssm.get_parameter { Name = name, WithDecryption = true }.Parameter.Value
end

-- The value of a secret, or of one key of its JSON document.
function secrets.read(name, key)
  local value = aws.secretsmanager.get_secret_value { SecretId = name }.SecretString
  if not key then return value end
  local document = json.decode(value)
  if document[key] == nil then error(("the secret %s has no key %q"):format(name, key), 2) end
  return document[key]
end

return secrets
