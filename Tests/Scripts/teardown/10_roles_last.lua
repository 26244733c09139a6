-- Needs: the local cloud
-- Roles go after everything that uses them: the plan says so.
local check, fixtures = require "check", require "fixtures"

fixtures.role("case-build-role", "codebuild")
build.project {
  name = "case-build", role = roles.arn "case-build-role", source = { type = "NO_SOURCE", buildspec = "version: 0.2" },
  artifacts = { type = "NO_ARTIFACTS" },
}
local plan = teardown.plan { prefixes = { "case-" } }
local wave_of = {}
for number, wave in ipairs(plan.waves) do
  for _, resource in ipairs(wave) do wave_of[resource.kind] = number end
end
check.yes(wave_of.role > wave_of.build_project, "the role's wave")
check.has(tostring(plan), "a service whose role is gone cannot clean up after itself")
check.yes(teardown.clean(plan:run { yes = true }))
