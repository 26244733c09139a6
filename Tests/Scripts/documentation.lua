--- The code blocks of a page of the documentation, so that tests run what a reader would copy.

local documentation = {}

documentation.root = assert(script.env "AWSCICD_SCRIPTS", "AWSCICD_SCRIPTS has to name the folder of the scripts") .. "/.."

-- The blocks of a language ("lua") in a page, in order.
function documentation.blocks(page, language)
  local path = documentation.root .. "/" .. page
  local found, block = {}, nil
  for line in fs.read(path):gmatch "([^\n]*)\n" do
    if block and line == "```" then
      found[#found + 1] = table.concat(block, "\n") .. "\n"
      block = nil
    elseif block then
      block[#block + 1] = line
    elseif line == "```" .. language then
      block = {}
    end
  end
  assert(#found > 0, path .. " has no block of " .. language)
  return found
end

-- Runs a block of Lua as it stands; `last` is code after it, which may use its locals.
function documentation.run(block, last)
  return assert(load(block .. (last or ""), "=documentation"))()
end

-- Lines of code: neither empty nor only a comment.
function documentation.lines(block)
  local count = 0
  for line in block:gmatch "[^\n]+" do
    if not line:find "^%s*$" and not line:find "^%s*#" and not line:find "^%s*%-%-%s" then count = count + 1 end
  end
  return count
end

return documentation
