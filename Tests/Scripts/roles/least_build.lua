-- Needs: the local cloud
-- Without any one action of the build's role, the demo application's build fails and names it.
local check, least = require "check", require "least"

local names = least.make "least"
build.project { name = names.project, role = roles.arn(names.roles.build) }
local release = pipeline.define {
  name = "least", role = names.roles.pipeline, artifacts = names.bucket,
  pipeline.stage "Source" {
    source.codecommit { repository = names.repository, branch = names.branch, output = "Src", poll = false },
  },
  pipeline.stage "Build" { build.codebuild { project = names.project, input = "Src", output = "Built" } },
}
release:apply { quiet = true }
check.equal(release:follow():wait().status, "Succeeded")
least.each(names.roles.build, function()
  -- A group of reports that is there already need not be made.
  for _, arn in ipairs(aws.codebuild.list_report_groups {}.reportGroups) do
    aws.codebuild.delete_report_group { arn = arn, deleteReports = true }
  end
  release:start():wait()
end)
