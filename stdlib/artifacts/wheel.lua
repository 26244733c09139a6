-- A pure-Python wheel made from files in memory: a zip with the three metadata files that pip wants (the binary
-- distribution format of the Python packaging user guide, PEP 427).

local list = require "awscicd.support.list"
local options_of = require "awscicd.support.options"
local zip = require "awscicd.artifacts.zip"

-- Options: name, version, files = { ["package/module.py"] = text }, summary. Returns { name, version, file, content },
-- as artifacts.publish takes it.
return function(options)
  options = options_of.check("artifacts.wheel", options, {
    name = "!string", version = "!string", files = "!table", summary = "string",
  })
  local name, version = options.name, options.version
  local stem = ("%s-%s"):format(name:gsub("[-_.]+", "_"), version)
  local info = stem .. ".dist-info/"
  local entries = list.map(list.keys(options.files), function(path) return { name = path, content = options.files[path] } end)
  list.append(entries, {
    { name = info .. "METADATA", content = ("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\n"):format(
      name, version, options.summary or name) },
    { name = info .. "WHEEL", content = "Wheel-Version: 1.0\nGenerator: awscicd\nRoot-Is-Purelib: true\nTag: py3-none-any\n" },
  })
  local record = list.map(entries, function(entry) return entry.name .. ",," end)
  record[#record + 1] = info .. "RECORD,,"
  entries[#entries + 1] = { name = info .. "RECORD", content = table.concat(record, "\n") .. "\n" }
  return { name = name, version = version, file = stem .. "-py3-none-any.whl", content = zip.archive(entries) }
end
