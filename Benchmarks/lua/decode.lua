-- A large answer, received over loopback and read into Lua's tables. Arguments: URL, service, operation, result key, rounds.
-- Prints milliseconds of CPU for each.
local url, service, operation, key, rounds = arg[1], arg[2], arg[3], arg[4], tonumber(arg[5])
local client = aws.client { service = service, endpoint = url }
local input = operation == "batch_get_builds" and { ids = { "awscicd-demo-build" } } or {}
assert(#client[operation](input)[key] > 1000, "the answer is not the large one")
for _ = 1, rounds do
  collectgarbage() -- each answer pays for its own garbage, not for the one before
  local cpu = os.clock()
  client[operation](input)
  print(("%.3f"):format((os.clock() - cpu) * 1000))
end
