-- Prints what scripts/bench-teardown.sh measured. Arguments: "SECONDS PROCESSOR_SECONDS" of the article's commands and of
-- scripts/teardown.lua, whose report is on standard input.

local function times(text)
  local seconds, processor = text:match "^(%S+) (%S+)$"
  return { seconds = tonumber(seconds), processor = tonumber(processor) }
end

local first, second = ...
local article, ours = times(first), times(second)
local report = json.decode(io.read "a")
local chain = report.chain

print(("%-34s %10s %12s"):format("", "seconds", "processor s"))
print(("%-34s %10.1f %12.2f"):format("the article's commands", article.seconds, article.processor))
print(("%-34s %10.1f %12.2f"):format("scripts/teardown.lua", ours.seconds, ours.processor))
print(("%-34s %10.1f"):format("its longest chain of waits", chain.seconds))
for _, resource in ipairs(chain.resources) do
  print(("    %-30s %10.1f  %s"):format(resource.kind, resource.seconds or 0, resource.name))
end
print(("%d resources; %.2f times the longest chain (1.3 wanted); %.3f of the article's processor time (0.1 wanted)"):format(
  #report.gone, ours.seconds / chain.seconds, ours.processor / article.processor))
