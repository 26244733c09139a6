-- Plans and outcomes of teardowns: as text for people, and as data for machines.

local kinds = require "awscicd.teardown.kinds"
local list = require "awscicd.support.list"
local progress = require "awscicd.support.progress"

local report = {}

local function title(resource) return kinds[resource.kind].title end

local function describe(resource)
  return ("%s %s%s"):format(title(resource), resource.label, resource.detail and (" (%s)"):format(resource.detail) or "")
end

-- { "a", "b", "c" } → "a, b and c"
local function enumerate(words)
  if #words < 2 then return words[1] or "" end
  return table.concat(words, ", ", 1, #words - 1) .. " and " .. words[#words]
end

-- What the resources of one kind wait for, each reason once: { [why] = { [title] = true } } as lines.
local function reasons(edges)
  local by_why = {}
  for _, edge in ipairs(edges) do
    by_why[edge.why] = by_why[edge.why] or {}
    by_why[edge.why]["the " .. title(edge.resource)] = true
  end
  return list.map(list.keys(by_why), function(why)
    return ("      after %s: %s"):format(enumerate(list.keys(by_why[why])), why)
  end)
end

-- The waves of a plan, each resource with what it waits for and why.
function report.plan(plan)
  if #plan.resources == 0 and #plan.problems == 0 then return "Nothing to delete." end
  local lines = {}
  for number, wave in ipairs(plan.waves) do
    lines[#lines + 1] = progress.paint(("wave %d"):format(number), "bold")
    local edges = {}
    for at, resource in ipairs(wave) do
      lines[#lines + 1] = "  " .. describe(resource)
      if resource.protected then lines[#lines + 1] = "      protected: " .. resource.protected end
      list.append(edges, plan.edges[resource])
      if not wave[at + 1] or wave[at + 1].kind ~= resource.kind then
        list.append(lines, reasons(edges))
        edges = {}
      end
    end
  end
  for _, problem in ipairs(plan.problems) do
    lines[#lines + 1] = ("not looked at: %s: %s"):format(kinds[problem.kind].title, problem.problem)
  end
  local count = plan:count()
  lines[#lines + 1] = ("%d resource%s to delete in %d wave%s"):format(
    count, count == 1 and "" or "s", #plan.waves, #plan.waves == 1 and "" or "s")
  return table.concat(lines, "\n")
end

-- What an audit that is not clean comes to: "2 left (1 failed, 1 kept), 1 kind not looked at, 3 protected". What is protected
-- was to stay, and is not among those that are left.
local function remainder(result)
  local parts = {}
  for _, one in ipairs { { "failed", #result.failed }, { "kept", #result.kept }, { "there again", #result.left } } do
    if one[2] > 0 then parts[#parts + 1] = ("%d %s"):format(one[2], one[1]) end
  end
  local left = #result.failed + #result.kept + #result.left
  local words = { ("%d left%s"):format(left, left > 0 and (" (%s)"):format(table.concat(parts, ", ")) or "") }
  local unseen = #result.problems
  if unseen > 0 then words[#words + 1] = ("%d kind%s not looked at"):format(unseen, unseen == 1 and "" or "s") end
  if #result.protected > 0 then words[#words + 1] = ("%d protected"):format(#result.protected) end
  return table.concat(words, ", ")
end

-- What came of it: one summary line, then what is not gone and why.
function report.outcome(result)
  local lines = { ("%d deleted in %s"):format(#result.gone, progress.seconds(result.seconds)) }
  for _, state in ipairs { "failed", "kept", "protected" } do
    for _, resource in ipairs(result[state]) do
      lines[#lines + 1] = ("%s: %s: %s%s"):format(state, describe(resource), resource.reason or "",
        resource.blocker and (" [blocked by %s]"):format(resource.blocker) or "")
    end
  end
  for _, resource in ipairs(result.gone) do
    if resource.waited_for then
      lines[#lines + 1] = ("waited %s: %s for %s"):format(
        progress.seconds(resource.seconds or 0), describe(resource), table.concat(resource.waited_for, ", then for "))
    end
  end
  if #result.chain.resources > 1 then
    lines[#lines + 1] = ("longest chain %s: %s"):format(progress.seconds(result.chain.seconds),
      table.concat(list.map(result.chain.resources, function(resource)
        return ("%s %s"):format(describe(resource), progress.seconds(resource.seconds or 0))
      end), " → "))
  end
  for _, resource in ipairs(result.left) do lines[#lines + 1] = "audit: still there: " .. describe(resource) end
  for _, problem in ipairs(result.problems) do
    lines[#lines + 1] = ("audit: %s could not be looked at: %s"):format(kinds[problem.kind].title, problem.problem)
  end
  if report.clean(result) then
    local but = #result.protected > 0 and (" but what is protected (%d)"):format(#result.protected) or ""
    lines[#lines + 1] = progress.paint("audit: nothing is left" .. but, "green")
  else
    lines[#lines + 1] = progress.paint("audit: " .. remainder(result), "red")
  end
  return table.concat(lines, "\n")
end

-- Whether everything went that was not protected, and nothing else is there.
function report.clean(result)
  return #result.left + #result.failed + #result.kept + #result.problems == 0
end

local function data_of(resource)
  return {
    kind = resource.kind, name = resource.name, id = resource.id, reason = resource.reason or resource.protected,
    blocker = resource.blocker, waited_for = resource.waited_for, seconds = resource.seconds,
  }
end

local function array(items, fn) return json.list(list.map(items, fn)) end

-- A plan as data: { count, waves = { { { kind, name, id, reason, after = { { kind, name, why } } } } }, problems }.
function report.plan_data(plan)
  return {
    count = plan:count(), problems = array(plan.problems, function(problem) return problem end),
    waves = array(plan.waves, function(wave)
      return array(wave, function(resource)
        local data = data_of(resource)
        data.after = array(plan.edges[resource], function(edge)
          return { kind = edge.resource.kind, name = edge.resource.name, why = edge.why }
        end)
        return data
      end)
    end),
  }
end

-- A report as data: lists of { kind, name, id, reason, blocker, waited_for, seconds } by state, and the chain of those
-- that waited for each other the longest.
function report.data(result)
  local data = { seconds = result.seconds, clean = report.clean(result) }
  data.chain = { seconds = result.chain.seconds, resources = array(result.chain.resources, data_of) }
  for _, state in ipairs { "gone", "failed", "kept", "protected", "left" } do data[state] = array(result[state], data_of) end
  data.problems = array(result.problems, function(problem) return problem end)
  return data
end

return report
