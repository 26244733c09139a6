-- Tags as a script writes them, { team = "web" }, and as each service wants them.

local list = require "awscicd.support.list"
local tags = {}

-- [{Key=, Value=}]: EC2, Auto Scaling, load balancing, IAM, S3, CloudWatch and most others.
function tags.upper(map)
  return list.map(list.keys(map), function(key) return { Key = key, Value = tostring(map[key]) } end)
end

-- [{key=, value=}]: the developer services (CodePipeline, CodeBuild, CodeArtifact).
function tags.lower(map)
  return list.map(list.keys(map), function(key) return { key = key, value = tostring(map[key]) } end)
end

-- The map back from either list.
function tags.read(items)
  local map = {}
  for _, tag in ipairs(items or {}) do map[tag.Key or tag.key or tag.TagKey] = tag.Value or tag.value or tag.TagValue or "" end
  return map
end

return tags
