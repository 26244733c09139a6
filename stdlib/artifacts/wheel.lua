-- A pure-Python wheel made from files in memory: a zip with the three metadata files that pip wants (the binary
-- distribution format of the Python packaging user guide, PEP 427).

local list = require "awscicd.support.list"

local crc_table = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do c = c & 1 == 1 and 0xEDB88320 ~ (c >> 1) or c >> 1 end
  crc_table[n] = c
end

local function crc32(bytes)
  local c = 0xffffffff
  for i = 1, #bytes do c = crc_table[(c ~ bytes:byte(i)) & 0xff] ~ (c >> 8) end
  return c ~ 0xffffffff
end

-- A zip archive of { { name, content }, ... }, stored without compression, dated 1980-01-01 so that the same files give
-- the same bytes.
local function zip(entries)
  local bodies, directory, offset = {}, {}, 0
  for _, entry in ipairs(entries) do
    local name, content = entry[1], entry[2]
    local common = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0x0800, 0, 0, 33, crc32(content), #content, #content, #name, 0)
    local body = "PK\3\4" .. common .. name .. content
    bodies[#bodies + 1] = body
    directory[#directory + 1] = "PK\1\2" .. string.pack("<I2", 20 | 3 << 8) .. common
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0x81a40000, offset) .. name
    offset = offset + #body
  end
  local central = table.concat(directory)
  return table.concat(bodies) .. central
    .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, #entries, #entries, #central, offset, 0)
end

-- Options: name, version, files = { ["package/module.py"] = text }, summary. Returns { name, version, file, content },
-- as artifacts.publish takes it.
return function(options)
  local name, version = assert(options.name, "wheel: name is missing"), assert(options.version, "wheel: version is missing")
  local stem = ("%s-%s"):format(name:gsub("[-_.]+", "_"), version)
  local info = stem .. ".dist-info/"
  local entries = list.map(list.keys(options.files), function(path) return { path, options.files[path] } end)
  list.append(entries, {
    { info .. "METADATA", ("Metadata-Version: 2.1\nName: %s\nVersion: %s\nSummary: %s\n"):format(
      name, version, options.summary or name) },
    { info .. "WHEEL", "Wheel-Version: 1.0\nGenerator: awscicd\nRoot-Is-Purelib: true\nTag: py3-none-any\n" },
  })
  local record = list.map(entries, function(entry) return entry[1] .. ",," end)
  record[#record + 1] = info .. "RECORD,,"
  entries[#entries + 1] = { info .. "RECORD", table.concat(record, "\n") .. "\n" }
  return { name = name, version = version, file = stem .. "-py3-none-any.whl", content = zip(entries) }
end
