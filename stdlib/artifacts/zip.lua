-- Zip archives made in memory (PKWARE's APPNOTE.TXT), for revisions, source objects and wheels.

local list = require "awscicd.support.list"

local zip = {}

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

-- An archive of { { name =, content =, executable = }, ... }, stored without compression, dated 1980-01-01 so that the same
-- files give the same bytes.
function zip.archive(entries)
  local bodies, directory, offset = {}, {}, 0
  for _, entry in ipairs(entries) do
    local name, content = entry.name, entry.content
    local common = string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0x0800, 0, 0, 33, crc32(content), #content, #content, #name, 0)
    local body = "PK\3\4" .. common .. name .. content
    bodies[#bodies + 1] = body
    -- The mode of a Unix file in the high half: an ordinary one, 0644 or 0755.
    local mode = (entry.executable and 0x81ed or 0x81a4) << 16
    directory[#directory + 1] = "PK\1\2" .. string.pack("<I2", 20 | 3 << 8) .. common
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, mode, offset) .. name
    offset = offset + #body
  end
  local central = table.concat(directory)
  return table.concat(bodies) .. central
    .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, #entries, #entries, #central, offset, 0)
end

-- The same of { [path] = bytes, or { content = bytes, executable = true } }, as source.commit takes files.
function zip.of_files(files)
  return zip.archive(list.map(list.keys(files), function(path)
    local given = files[path]
    if type(given) == "string" then given = { content = given } end
    if type(given) ~= "table" or type(given.content) ~= "string" then
      error(("artifacts.zip: the content of %s has to be a string, or { content =, executable = }"):format(tostring(path)), 3)
    end
    return { name = path, content = given.content, executable = given.executable }
  end))
end

return zip
