--- `aws`: every operation of every AWS service.
--
-- ```lua
-- local pipelines = aws.codepipeline.list_pipelines {}               -- raises on errors
-- local bucket, err = aws.s3.try.head_bucket { Bucket = "b" }        -- nil and the error, for what a script expects
-- for page in aws.s3.pages.list_objects_v2 { Bucket = "b" } do … end -- page by page
-- for object in aws.s3.pages.list_objects_v2({ Bucket = "b" }, { max_items = 500 }):items() do … end
-- aws.ec2.wait.instance_running { InstanceIds = { id } }
-- local ids = aws.ec2.describe_instances {}:query "Reservations[].Instances[].InstanceId"
-- local other = aws.client { profile = "prod", region = "eu-west-1" } -- other.s3, other.ec2 …
-- ```
-- Operations have boto3's names or the published ones, members are the API's own. A second argument gives options:
-- `save_to`, `timeout`, `retries`, `headers`, `once`; pages also take `page_size`, `max_items` and `starting_token`, and
-- waits `delay`, `max_attempts` and `within`.

local lazy = require "awscicd.support.lazy"
local native = require "awscicd.native.aws"

local aws = {}

--- What a call's answer said besides its result: `{ request_id, status, attempts }` of a result.
local metadata = setmetatable({}, { __mode = "k" })

function aws.metadata(result) return metadata[result] end

local bindings
local results = {}
local result_metatable = { __index = results, __name = "aws.result" }

-- The text that a function was given, told in the line of its caller otherwise.
local function text(value, what)
  if type(value) == "string" then return value end
  error(("%s must be a string, not %s"):format(what, value == nil and "nil" or "a " .. type(value)), 3)
end

--- What a JMESPath expression finds in the result.
function results:query(expression) return bindings.jmespath(text(expression, "a JMESPath expression"), self) end

-- err:is("NoSuchBucket", "404")
local function is(err, ...)
  for _, code in ipairs { ... } do
    if err.code == code or err.modelled_code == code then return true end
  end
  return false
end

bindings = native.open(result_metatable, is)

--- What a JMESPath expression finds in a value.
function aws.jmespath(expression, value)
  return bindings.jmespath(text(expression, "a JMESPath expression"), value)
end

--- A file as a body: it is read while it is sent. `offset` and `length` choose a part of it.
function aws.file(path, part)
  part = part or {}
  return { file = path, offset = part.offset, length = part.length }
end

--- The names of all services, as fields of `aws`.
function aws.services() return bindings.services() end

-- Errors that a script may expect; what is wrong with the script itself is raised.
local unexpected = { validation = true, cancelled = true }

local function is_expected(err)
  local ok, kind = pcall(function() return err.service and err.operation and err.kind end)
  return ok and kind and not unexpected[kind]
end

local function attempt(ok, result, ...)
  if ok then return result, ... end
  if is_expected(result) then return nil, result end
  error(result, 0)
end

local pager_methods = {}
local pager_metatable = { __index = pager_methods, __name = "aws.pages" }

--- The next page, nil after the last: what `for page in pages do` calls.
function pager_metatable:__call()
  local page, info = self.pager:next_page()
  if page then metadata[page] = info end
  return page
end

--- Iterates over the elements of all pages.
function pager_methods:items()
  local items, at = {}, 0
  return function()
    while at >= #items do
      items, at = self.pager:next_items(), 0
      if not items then
        items = {}
        return nil
      end
    end
    at = at + 1
    return items[at]
  end
end

--- The elements of all pages as one list.
function pager_methods:all()
  local all = {}
  for item in self:items() do all[#all + 1] = item end
  return all
end

--- All pages as one result, as boto3's build_full_result() gives it: lists joined, and `NextToken` when `max_items` left
-- some out.
function pager_methods:full_result() return self.pager:full_result() end

--- Where a walk that `max_items` ended goes on: the `starting_token` of another; nil when nothing is left.
function pager_methods:resume_token() return self.pager:resume_token() end

-- A client of one service: its operations are fields.
local function service_client(handle)
  local client = {}

  -- A call written with a colon, aws.s3:list_buckets{}, means the same.
  local function caller(call)
    return function(input, options, more)
      if input == client then input, options = options, more end
      local result, info = call(input, options)
      if result then metadata[result] = info end
      return result
    end
  end

  client.try = lazy({}, function(name)
    local call = client[name]
    return function(...) return attempt(pcall(call, ...)) end
  end, "aws.try")

  client.pages = lazy({}, function(name)
    local open = handle:pager(name)
    return function(input, options) return setmetatable({ pager = open(input, options) }, pager_metatable) end
  end, "aws.pages")

  -- for event in aws.logs.events.start_live_tail {…} do … end
  client.events = lazy({}, function(name)
    local open = handle:events(name)
    return function(input, options) return open(input, options) end
  end, "aws.events")

  client.wait = lazy({}, function(name) return caller(handle:waiter(name)) end, "aws.wait")

  local prepare = handle:preparer()

  --- The signed request of an operation, not sent: `{ method, url, headers, body }`.
  function client.prepare(_, operation, input) return prepare(operation, input) end

  --- A URL that does what the operation does for whoever has it, for `expires` seconds (an hour).
  function client.presign(_, operation, input, expires)
    return prepare(operation, input, { expires = expires or 3600 }).url
  end

  --- The result of a response `{ status, headers, body }`, or nil and the error that it is.
  function client.parse(_, operation, response) return attempt(pcall(handle.parse, handle, operation, response)) end

  --- The names of the service's operations; what the model says of one of them.
  function client.operations() return handle:operations() end
  function client.waiters() return handle:waiters() end
  function client.describe(_, operation) return handle:describe(operation) end

  function client.region() return handle.region end

  return lazy(client, function(name) return caller(handle:operation(name)) end, "aws." .. handle.name)
end

--- A client for a model given as JSON text in the published format.
function aws.model(json, options)
  return service_client(bindings.model(text(json, "a model"), options))
end

-- A table of services that share their settings.
local function account_view(fields, view)
  local identity

  -- aws.account(): the account that the credentials belong to; asked once. AWS has a service of this name, too, whose
  -- operations are fields of the same value: aws.account.list_regions {}.
  local function account()
    identity = identity or fields.sts.get_caller_identity {}
    return identity.Account
  end

  --- The region that calls go to.
  function fields.region()
    return view:region()
      or error("no region is set: give --region, set AWS_REGION, or put region into ~/.aws/config", 2)
  end

  --- The partition of the region: aws, aws-cn, aws-us-gov …
  function fields.partition() return bindings.partition(fields.region()) or "aws" end

  return lazy(fields, function(name)
    local client = service_client(view:service(name))
    if name == "account" then getmetatable(client).__call = account end
    return client
  end, "aws")
end

--- A client that differs in region, profile, role, endpoint or credentials: of one service with `service = "s3"`, else
-- of all, as fields.
function aws.client(options)
  local rest = {}
  for key, value in pairs(options or {}) do rest[key] = value end
  local name = rest.service
  rest.service = nil
  local view = account_view({}, bindings.view(rest))
  return name and view[name] or view
end

return account_view(aws, bindings.view {})
