-- Needs: the local cloud
-- The page that puts shell, boto3 and awscicd side by side: all versions of each job run and come to the same end, and the
-- sizes that it gives are true.
local check, documentation = require "check", require "documentation"

local path = "Sources/AWSCICD/AWSCICD.docc/SideBySide.md"
local page = fs.read(documentation.root .. "/" .. path)
local titles = { "make a pipeline", "push, decide, wait", "tear down" }
local languages = { "sh", "python", "lua" }

-- The jobs of the page, in order: { sh =, python =, lua = }; and the table at its top, which says how long each is.
local jobs = {}
for at, title in ipairs(titles) do
  jobs[at] = { title = title }
  local cells = {}
  for place, language in ipairs(languages) do
    local text = documentation.blocks(path, language)[at]
    local _, words = text:gsub("%S+", "")
    jobs[at][language], cells[place] = text, ("%d (%d)"):format(documentation.lines(text), words)
  end
  check.has(page, ("| %s | %s |\n"):format(title, table.concat(cells, " | ")))
end

-- Runs a job's text as its program would; pauses are shortened, since the local cloud's own waits are.
local function run(job, one)
  local text = job[one]:gsub("sleep 5", "sleep 0.3"):gsub("sleep%(5%)", "sleep(0.3)")
  local words = ({
    sh = { "bash", "-eu", "-c", text }, python = { "python3", "-c", text }, lua = { script.env "AWSCICD_RUN", "-e", text },
  })[one]
  words.cwd, words.timeout = fs.temp_directory "side-by-side", 600
  local result = process.run(words)
  fs.remove(words.cwd, { recursive = true })
  if result.status ~= 0 then
    error(("%s in %s ended with %s:\n%s%s"):format(job.title, one, result.status, result.stdout, result.stderr), 0)
  end
end

local buildspec = [[
version: 0.2
phases:
  build:
    commands:
      - grep -q v index.html
      - echo '<testsuite name="page"><testcase name="names a version" classname="page"/></testsuite>' > tests.xml
reports:
  tests:
    files: [tests.xml]
artifacts:
  files: [index.html]
]]

-- What the page takes as given.
local function foundation()
  artifacts.bucket { name = "shop-bucket" }
  source.repository { name = "shop-app" }
  source.commit { repository = "shop-app", files = { ["index.html"] = "<h1>v1</h1>\n", ["buildspec.yml"] = buildspec } }
  local builder = roles.ensure {
    name = "shop-build-role", service = "codebuild",
    allow = roles.codebuild { project = "shop-build", bucket = "shop-bucket", reports = true },
  }
  roles.ensure {
    name = "shop-pipeline-role", service = "codepipeline", allow = roles.codepipeline {
      bucket = "shop-bucket", repositories = { "shop-app" }, projects = { "shop-build" },
    },
  }
  build.project { name = "shop-build", role = builder }
  local events = roles.ensure { name = "shop-events-role", service = "events", allow = roles.pipeline_start "shop-release" }
  source.trigger { name = "shop-trigger", repository = "shop-app", pipeline = "shop-release", role = events }
end

local function states(release)
  local all = {}
  for _, stage in ipairs(release:state()) do
    all[#all + 1] = { stage.name, stage.status, stage.actions[1].name, stage.actions[1].status }
  end
  return all
end

local first = {}
for _, one in ipairs(languages) do
  foundation()

  run(jobs[1], one)
  local release = pipeline.get "shop-release"
  local made = release:read()
  made.version = nil
  first.made = first.made or made
  check.equal(made, first.made, one .. ": the pipeline")
  release:follow():stop("the pipeline has only been made", { abandon = true })

  run(jobs[2], one)
  local ended = states(release)
  first.ended = first.ended or ended
  check.equal(ended, first.ended, one .. ": the stages")
  check.equal(ended[#ended][2], "Succeeded")
  check.has(aws.s3.get_object { Bucket = "shop-bucket", Key = "site/index.html" }.Body, "v2")

  run(jobs[3], one)
  local left = teardown.audit { prefixes = { "shop-" }, names = { log_group = { "/aws/codebuild/shop-build" } } }
  check.equal(#left, 0, one .. ": what is left")
end
