-- The difference that a request shows of a file: what git makes of it is the new file, and it is as short as git's own.
local check = require "check"
local textdiff = require "awscicd.support.textdiff"

local folder = tostring(fs.temp_directory())
local function git(...) return process.run { timeout = 240, "git", "-C", folder, ... } end
local file = fs.join(folder, "f")

local function compare(before, after)
  local difference = textdiff.unified("f", before, after)
  fs.write(file, before)
  if difference ~= "" then
    fs.write(fs.join(folder, "patch"), difference)
    local applied = git("apply", "--unidiff-zero", "patch")
    check.equal(applied.status, 0, applied.stderr .. difference)
  end
  check.equal(fs.is_file(file) and fs.read(file) or "", after, difference)
  fs.write(fs.join(folder, "before"), before)
  fs.write(fs.join(folder, "after"), after)
  local numbers = git("diff", "--no-index", "--numstat", "--minimal", "before", "after").stdout
  local added, removed = numbers:match("^(%d+)%s+(%d+)")
  check.equal({ textdiff.count(before, after) }, { tonumber(removed) or 0, tonumber(added) or 0 }, difference)
end

check.equal(textdiff.unified("f", "", "a\nb\n"), "--- /dev/null\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n")
check.equal(textdiff.unified("f", "a\n", ""), "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n")
compare("a\n", "a\n")
compare("a", "a\n")
compare("a\nb\n", "a\nb")
compare("a\nb", "a\nc")

math.randomseed(7)
local words = { "one", "two", "three", "", "vòng" }
local function text(length)
  local lines = {}
  for i = 1, length do lines[i] = words[math.random(#words)] end
  return "first\n" .. table.concat(lines, "\n") .. (math.random(2) == 1 and "\n" or "")
end
for _ = 1, 25 do compare(text(math.random(1, 30)), text(math.random(1, 30))) end
