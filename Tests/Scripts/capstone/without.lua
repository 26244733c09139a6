-- Runs the capstone with one action taken away from one of its roles, or lists the actions that its roles hold.
--
--   AWSCICD_PATH=scripts awscicd-run --local Tests/Scripts/capstone/without.lua
--       a line "role action" on standard error for every action, after a run with all of them
--   AWSCICD_PATH=scripts AWSCICD_WITHOUT="codebuild-role logs:PutLogEvents" awscicd-run --local …/without.lua
--
-- Further arguments are the capstone's. The roles are made by the capstone itself: only what it asks to be allowed is
-- changed on the way.

local wanted_role, wanted_action = (script.env "AWSCICD_WITHOUT" or ""):match "^(%S+) (%S+)$"
local document_of, ensure = roles.document, roles.ensure
local present, taken

local function document(allow)
  local made = document_of(allow)
  for at = #made.Statement, 1, -1 do
    local statement = made.Statement[at]
    for place = #statement.Action, 1, -1 do
      local action = statement.Action[place]
      if not wanted_role then
        io.stderr:write(("allowed %s %s\n"):format(present, action))
      elseif present == wanted_role and action == wanted_action then
        table.remove(statement.Action, place)
        taken = true
      end
    end
    if #statement.Action == 0 then table.remove(made.Statement, at) end
  end
  return made
end

-- The document is made inside of roles.ensure, which knows the role's name.
rawset(roles, "document", document)
rawset(roles, "ensure", function(options)
  present = options.name:gsub("^awscicd%-", "")
  return ensure(options)
end)

local folder = assert(script.env "AWSCICD_PATH", "AWSCICD_PATH has to name the folder of the scripts")
local _ <close> = setmetatable({}, { __close = function()
  if wanted_role and not taken then io.stderr:write(("no role %s held %s\n"):format(wanted_role, wanted_action)) end
end })
assert(loadfile(folder .. "/capstone.lua"))(...)
