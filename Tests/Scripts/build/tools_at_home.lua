-- A Python environment in the user's home, where clones often lie, is there for builds with its packages; the files beside it
-- are not.
local check = require "check"

local home = tostring(fs.temp_directory "home")
local tools = fs.join(home, "shop/venv")
fs.mkdir(fs.join(home, "shop"))
process.run { "python3", "-m", "venv", "--without-pip", tools, check = true }
fs.write(fs.join(fs.glob(tools .. "/lib/python*/site-packages")[1], "greet.py"), "WORD = 'hello from home'\n")
fs.write(fs.join(home, "shop/key.txt"), "secret")

local builder = fs.join(home, "build.lua")
fs.write(builder, ([[
local role = roles.ensure {
  name = "home-build", service = "codebuild", allow = roles.codebuild { project = "home", bucket = "home-bucket" },
}
local buildspec = %q
build.project {
  name = "home", role = role, source = { type = "NO_SOURCE", buildspec = buildspec }, artifacts = { type = "NO_ARTIFACTS" },
}
build.start("home"):follow { on_line = print }
]]):format(json.encode { version = "0.2", phases = { build = { commands = {
  ("test $(command -v python3) = %s/bin/python3"):format(tools),
  "python3 -c 'import greet; print(greet.WORD)'",
  ("test ! -e %s/shop/key.txt"):format(home),
} } } }))
local built = process.run {
  script.env "AWSCICD_RUN", "--local", builder, timeout = 600,
  env = { HOME = home, PATH = ("%s/bin:%s"):format(tools, script.env "PATH") },
}
check.equal(built.status, 0, built.stdout .. built.stderr)
check.has(built.stdout, "hello from home")
