--- Parameters (SSM) and secrets (Secrets Manager): created, read, referred to. A value never occurs in a message.
--
--   secrets.parameter { name = "/demo/greeting", value = "hello" }
--   secrets.parameter { name = "/demo/api-key", value = secrets.random(), secure = true, keep = true }
--   secrets.secret { name = "demo/db", value = { username = "app", password = secrets.random() }, keep = true }
--   local password = secrets.read("demo/db", "password")

local module = require "awscicd.support.module"
local options_of = require "awscicd.support.options"
local tags = require "awscicd.support.tags"

local secrets = module("secrets", {})

-- Creates or changes a parameter. Options: name, value, secure (true: a SecureString, encrypted), key (KMS key of a secure
-- one), keep (true: one that exists is left as it is), description, tags. Returns its name.
function secrets.parameter(options)
  options = options_of.check("secrets.parameter", options, {
    name = "!string", value = "!string|number", secure = "boolean", key = "string", keep = "boolean", description = "string",
    tags = "table",
  })
  local name, value = options.name, tostring(options.value)
  if options.secure then script.secret(value) end
  local _, err = aws.ssm.try.put_parameter {
    Name = name, Value = value, Description = options.description, Type = options.secure and "SecureString" or "String",
    KeyId = options.key, Overwrite = not options.keep,
  }
  if err and not (options.keep and err:is("ParameterAlreadyExists")) then error(err) end
  if options.tags then  -- put_parameter refuses tags together with Overwrite
    aws.ssm.add_tags_to_resource { ResourceType = "Parameter", ResourceId = name, Tags = tags.upper(options.tags) }
  end
  return name
end

-- Members of a secret's document that are shorter are names such as a user's, and covering those would hide ordinary text.
local shortest_member = 8

-- Covers the members of a secret's document wherever this process reports.
local function cover_members(document)
  for _, member in pairs(document) do
    if type(member) == "table" then
      cover_members(member)
    elseif #tostring(member) >= shortest_member then
      script.secret(tostring(member))
    end
  end
end

-- The document that a secret's text is; nil when it is none.
local function document_of(text)
  local ok, document = pcall(json.decode, text)
  if ok and type(document) == "table" then return document end
end

-- Covers a secret: as a whole, and the members of its document.
local function cover(value)
  local document = value
  if type(value) ~= "table" then
    script.secret(value)
    document = document_of(value)
  end
  if document then cover_members(document) end
end

-- Creates or changes a secret; a table becomes a JSON document, so that buildspecs can refer to its keys. A secret of
-- the same name that waits for its deletion is restored first. Options: name, value, keep (true: one that exists keeps its
-- value), key (KMS key), description, tags. Returns its ARN.
function secrets.secret(options)
  options = options_of.check("secrets.secret", options, {
    name = "!string", value = "!string|table", keep = "boolean", key = "string", description = "string", tags = "table",
  })
  local name, value = options.name, options.value
  cover(value)
  if type(value) == "table" then value = json.encode(value) end
  local found, err = aws.secretsmanager.try.describe_secret { SecretId = name }
  if err and not err:is("ResourceNotFoundException") then error(err) end
  if not found then
    return aws.secretsmanager.create_secret {
      Name = name, SecretString = value, Description = options.description, KmsKeyId = options.key,
      Tags = options.tags and tags.upper(options.tags),
    }.ARN
  end
  if found.DeletedDate then aws.secretsmanager.restore_secret { SecretId = name } end
  if options.tags then aws.secretsmanager.tag_resource { SecretId = name, Tags = tags.upper(options.tags) } end
  if options.keep then return found.ARN end
  return aws.secretsmanager.put_secret_value { SecretId = name, SecretString = value }.ARN
end

-- A value nobody has to know, made by Secrets Manager: `length` characters (32), letters and digits.
function secrets.random(length)
  local value = aws.secretsmanager.get_random_password { PasswordLength = length or 32, ExcludePunctuation = true }.RandomPassword
  script.secret(value)
  return value
end

-- The value of a parameter, decrypted. That of a SecureString is covered wherever this process reports.
function secrets.read_parameter(name)
  local parameter = aws.ssm.get_parameter { Name = name, WithDecryption = true }.Parameter
  if parameter.Type == "SecureString" then script.secret(parameter.Value) end
  return parameter.Value
end

-- The value of a secret (the bytes of a binary one), or of one key of its JSON document; covered wherever this process
-- reports, with the members of its document.
function secrets.read(name, key)
  local answer = aws.secretsmanager.get_secret_value { SecretId = name }
  local value = answer.SecretString or answer.SecretBinary
  cover(value)
  if not key then return value end
  local document = document_of(value)
  if not document then error(("the secret %s is not a JSON document with keys"):format(name), 2) end
  local member = document[key]
  if member == nil then error(("the secret %s has no key %q"):format(name, key), 2) end
  -- What was asked for by its name is secret, however short.
  if type(member) ~= "table" then script.secret(tostring(member)) end
  return member
end

-- Deletes a parameter. Returns false when there was none.
function secrets.delete_parameter(name)
  local _, err = aws.ssm.try.delete_parameter { Name = name }
  if err and not err:is("ParameterNotFound") then error(err) end
  return err == nil
end

-- Deletes a secret after its recovery window (30 days, or days =), or at once and for ever with now = true. Returns false
-- when there was none.
function secrets.delete(name, options)
  options = options_of.check("secrets.delete", options, { days = "integer", now = "boolean" })
  local _, err = aws.secretsmanager.try.delete_secret {
    SecretId = name, RecoveryWindowInDays = options.days, ForceDeleteWithoutRecovery = options.now,
  }
  if err and not err:is("ResourceNotFoundException") then error(err) end
  return err == nil
end

return secrets
