-- What starts a pipeline whose source is a connection (GitHub, GitLab, Bitbucket): pushes and pull requests, filtered.
-- Sources in CodeCommit and S3 are started by rules of EventBridge: source.trigger and source.schedule.

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local where = require "awscicd.support.where"

local triggers = {}

local function names(value) return type(value) == "string" and { value } or value end

-- "main", { "main", "release/*" } or { include = ..., exclude = ... } as CodePipeline's filter.
local function filter(given)
  if given == nil then return nil end
  if type(given) == "table" and (given.include or given.exclude) then
    return { includes = names(given.include), excludes = names(given.exclude) }
  end
  return { includes = names(given) }
end

local function make(kind, options, own, build)
  local specification = { source = "!string", branches = "string|table", paths = "string|table" }
  for name, value in pairs(own) do specification[name] = value end
  local problems = options_of.problems(options, specification)
  local given = type(options) == "table" and options or {}
  return {
    primitive = "pipeline.trigger", line = where.script(), kind = kind, source = given.source, problems = problems,
    build = function() return build(given) end,
  }
end

-- A push: { source = name of the source action, branches =, tags =, paths = }; each filter is a name, a list of glob
-- patterns, or { include =, exclude = }.
function triggers.push(options)
  return make("push", options, { tags = "string|table" }, function(given)
    return { branches = filter(given.branches), tags = filter(given.tags), filePaths = filter(given.paths) }
  end)
end

-- A pull request: { source =, branches = (that it goes to), paths =, events = { "OPEN", "UPDATED", "CLOSED" } }.
function triggers.pull_request(options)
  return make("pullRequest", options, { events = "list" }, function(given)
    return { branches = filter(given.branches), filePaths = filter(given.paths), events = given.events }
  end)
end

-- `sources` = { [action name] = provider }.
function triggers.problems(given, sources)
  local problems = {}
  for position, one in ipairs(given or {}) do
    if type(one) ~= "table" or one.primitive ~= "pipeline.trigger" then
      if type(one) ~= "table" or not one.providerType then
        problems[#problems + 1] = ("trigger %d is neither pipeline.on_push nor pipeline.on_pull_request"):format(position)
      end
    else
      for _, problem in ipairs(one.problems) do problems[#problems + 1] = ("trigger at %s: %s"):format(one.line, problem) end
      if one.source and not sources[one.source] then
        local near = list.nearest(one.source, list.keys(sources))
        problems[#problems + 1] = ("trigger at %s: no source action is named %q%s"):format(one.line, one.source,
          near and (" (did you mean %q?)"):format(near) or "")
      elseif one.source and sources[one.source] ~= "CodeStarSourceConnection" then
        problems[#problems + 1] = ("trigger at %s: %q is a source in %s; triggers work on source.connection only (use "
          .. "source.trigger for CodeCommit)"):format(one.line, one.source, sources[one.source])
      end
    end
  end
  return problems
end

-- Triggers on one source become one declaration, with its filters in lists.
function triggers.structure(given)
  if not given then return nil end
  local result, by_source = {}, {}
  for _, one in ipairs(given) do
    if one.providerType then
      result[#result + 1] = one
    else
      local declaration = by_source[one.source]
      if not declaration then
        declaration = { providerType = "CodeStarSourceConnection", gitConfiguration = { sourceActionName = one.source } }
        by_source[one.source] = declaration
        result[#result + 1] = declaration
      end
      local configuration = declaration.gitConfiguration
      configuration[one.kind] = configuration[one.kind] or {}
      table.insert(configuration[one.kind], one.build())
    end
  end
  return result
end

return triggers
