-- The signed ListPipelines in a loop, as Benchmarks/c/loop.c does it. Arguments: URL, calls.
-- Prints milliseconds of CPU a call and calls a second.
local url, calls = arg[1], tonumber(arg[2])
local client = aws.client { service = "codepipeline", endpoint = url }
client.list_pipelines {} -- the connection, the endpoint and the day's key
local cpu, started = os.clock(), time.now()
for _ = 1, calls do client.list_pipelines {} end
local used, wall = os.clock() - cpu, time.now() - started
print(("%.5f %.0f"):format(used * 1000 / calls, calls / wall))
