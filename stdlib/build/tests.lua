-- Test reports of builds, as data.

local actions = require "awscicd.pipeline.actions"
local list = require "awscicd.support.list"

local tests = {}

local function empty()
  return { total = 0, passed = 0, failed = 0, errors = 0, skipped = 0, seconds = 0, cases = {}, failing = {}, reports = {} }
end

-- CodeBuild lists at most 500 cases of a report, so the report's own counts are what is true; the cases are examples.
local function add_summary(into, report)
  local summary = report.testSummary
  if not summary or not summary.total then return false end
  local counts = summary.statusCounts or {}
  into.total = into.total + summary.total
  into.passed = into.passed + (counts.SUCCEEDED or 0)
  into.skipped = into.skipped + (counts.SKIPPED or 0)
  into.errors = into.errors + (counts.ERROR or 0)
  into.failed = into.failed + summary.total - (counts.SUCCEEDED or 0) - (counts.SKIPPED or 0)
  return true
end

local function add_report(into, report)
  into.reports[#into.reports + 1] = {
    arn = report.arn, name = report.name, status = report.status, truncated = report.truncated or false,
  }
  local counted = add_summary(into, report)
  for page in aws.codebuild.pages.describe_test_cases { reportArn = report.arn } do
    for _, case in ipairs(page.testCases) do
      local entry = {
        name = case.name, prefix = case.prefix, status = case.status, message = case.message,
        seconds = (case.durationInNanoSeconds or 0) / 1e9,
      }
      into.cases[#into.cases + 1] = entry
      into.seconds = into.seconds + entry.seconds
      local failed = case.status ~= "SUCCEEDED" and case.status ~= "SKIPPED"
      if failed then into.failing[#into.failing + 1] = entry end
      if not counted then
        into.total = into.total + 1
        if case.status == "SUCCEEDED" then into.passed = into.passed + 1 end
        if case.status == "SKIPPED" then into.skipped = into.skipped + 1 end
        if case.status == "ERROR" then into.errors = into.errors + 1 end
        if failed then into.failed = into.failed + 1 end
      end
    end
  end
end

-- What is not there has no failures either: a gate that asks for passed tests must not take that for an answer.
local function all_there(what, missing)
  if missing and missing[1] then error(("there is no %s %s"):format(what, table.concat(missing, ", ")), 0) end
end

-- The reports of one build, as BatchGetBuilds described it: { total, passed, failed (errors and unknown results too),
-- errors, skipped, seconds, cases = { { name, prefix, status, message, seconds } }, failing = the cases that did not pass,
-- reports = { { arn, name, status, truncated } } }.
function tests.of_build(described)
  local result = empty()
  for _, arns in ipairs(list.chunks(described.reportArns or {}, 100)) do
    local answer = aws.codebuild.batch_get_reports { reportArns = arns }
    all_there("report", answer.reportsNotFound)
    for _, report in ipairs(answer.reports) do add_report(result, report) end
  end
  return result
end

-- The builds of ids; of a batch, each of its builds.
local function builds_of(ids)
  local all = {}
  for _, slice in ipairs(list.chunks(ids, 100)) do
    local answer = aws.codebuild.batch_get_builds { ids = slice }
    list.append(all, answer.builds)
    if answer.buildsNotFound and answer.buildsNotFound[1] then
      local batches = aws.codebuild.batch_get_build_batches { ids = answer.buildsNotFound }
      all_there("build", batches.buildBatchesNotFound)
      for _, batch in ipairs(batches.buildBatches) do
        local begun = list.filter(batch.buildGroups, function(group) return group.currentBuildSummary end)
        list.append(all, builds_of(list.map(begun, function(group) return group.currentBuildSummary.arn end)))
      end
    end
  end
  return all
end

-- The reports of the builds of a pipeline execution: build.tests(request.execution). Of an action that ran again (its stage
-- was retried) only the last build counts. Takes an execution ({ pipeline=, id= }), a build id, or a list of build ids.
function tests.of(what)
  local ids = {}
  if type(what) == "string" then
    ids[1] = what
  elseif what[1] then
    ids = what
  else
    for _, action in ipairs(actions.latest(actions.of(what.pipeline, what.id))) do
      if action.provider == "CodeBuild" and action.external_id then ids[#ids + 1] = action.external_id end
    end
  end
  local result = empty()
  for _, described in ipairs(builds_of(ids)) do
    local one = tests.of_build(described)
    for key, value in pairs(one) do
      if type(value) == "table" then list.append(result[key], value) else result[key] = result[key] + value end
    end
  end
  return result
end

return tests
