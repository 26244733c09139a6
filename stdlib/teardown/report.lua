-- Plans and outcomes of teardowns as text.

local list = require "awscicd.support.list"
local progress = require "awscicd.support.progress"

local report = {}

local function title(resource) return require("awscicd.teardown.kinds")[resource.kind].title end

local function describe(resource)
  return ("%s %s%s"):format(title(resource), resource.label, resource.detail and (" (%s)"):format(resource.detail) or "")
end

-- The waves of a plan, each resource with what it waits for and why.
function report.plan(plan)
  if #plan.resources == 0 and #plan.problems == 0 then return "Nothing to delete." end
  local lines = {}
  for number, wave in ipairs(plan.waves) do
    lines[#lines + 1] = progress.paint(("wave %d"):format(number), "bold")
    table.sort(wave, function(a, b) return a.kind .. a.label < b.kind .. b.label end)
    local said = {}  -- each reason once for all resources of a kind
    for at, resource in ipairs(wave) do
      lines[#lines + 1] = "  " .. describe(resource)
      if resource.protected then lines[#lines + 1] = "      protected: " .. resource.protected end
      for _, edge in ipairs(plan.edges[resource]) do
        said[("      after the %s: %s"):format(title(edge.resource), edge.why)] = true
      end
      if not wave[at + 1] or wave[at + 1].kind ~= resource.kind then
        list.append(lines, list.keys(said))
        said = {}
      end
    end
  end
  for _, problem in ipairs(plan.problems) do
    lines[#lines + 1] = ("not looked at: %s: %s"):format(problem.kind, problem.problem)
  end
  local count = plan:count()
  lines[#lines + 1] = ("%d resource%s to delete in %d wave%s"):format(
    count, count == 1 and "" or "s", #plan.waves, #plan.waves == 1 and "" or "s")
  return table.concat(lines, "\n")
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
    for _, what in ipairs(resource.waited_for or {}) do
      lines[#lines + 1] = ("waited: %s for %s"):format(describe(resource), what)
    end
  end
  if #result.left == 0 and #result.failed + #result.kept + #result.protected == 0 and #result.problems == 0 then
    lines[#lines + 1] = progress.paint("audit: nothing is left", "green")
  else
    for _, resource in ipairs(result.left) do lines[#lines + 1] = "audit: still there: " .. describe(resource) end
    for _, problem in ipairs(result.problems) do
      lines[#lines + 1] = ("audit: %s could not be looked at: %s"):format(problem.kind, problem.problem)
    end
    local rest = #result.failed + #result.kept + #result.protected + #result.left
    lines[#lines + 1] = ("audit: %d left"):format(rest)
  end
  return table.concat(lines, "\n")
end

-- Whether everything went, and nothing is left.
function report.clean(result)
  return #result.left + #result.failed + #result.kept + #result.problems == 0
end

return report
