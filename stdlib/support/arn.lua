-- Amazon Resource Names: made from their parts, and taken apart.

local arn = {}

-- arn.of("codebuild", "project/demo"); region and account default to the script's own, "" leaves one out.
function arn.of(service, resource, options)
  options = options or {}
  return table.concat({ "arn", aws.partition(), service, options.region or aws.region(),
    options.account or aws.account(), resource }, ":")
end

-- arn:partition:service:region:account:resource, or nil when it is not one.
function arn.parse(text)
  local partition, service, region, account, resource = tostring(text):match("^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$")
  if not partition then return nil end
  return { partition = partition, service = service, region = region, account = account, resource = resource }
end

function arn.is(text) return type(text) == "string" and text:sub(1, 4) == "arn:" end

return arn
