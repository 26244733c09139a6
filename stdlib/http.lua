--- HTTP requests.
---
---     local page = http.get("https://example.com/", { timeout = 10 })
---     print(page.status, page.headers["content-type"], #page.body)
---     local made = http.post(url, { json = { name = "x" } }):json()
---     http.get(url, { save_to = "app.zip" })
---
--- An answer of whatever status is a result ({ status, ok, headers, body, url, seconds }); no answer raises an error with
--- `code` ("connect", "tls", "totalTimeout", …). Header names in results are lower case.

local native = require "awscicd.native.http"

local http = {}

local Response = {}
Response.__index = Response

--- The body as JSON.
function Response:json() return require "awscicd.json".decode(self.body) end

--- The response itself when its status is 2xx; raises otherwise.
function Response:check()
  if self.ok then return self end
  local text = (self.body or ""):sub(1, 500):gsub("%s+", " ")
  error(("%s answered %d%s"):format(self.url, self.status, text ~= "" and ": " .. text or ""), 2)
end

local function escape(text)
  return (tostring(text):gsub("[^%w%-%._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

--- Names and values as in a query: sorted, percent-encoded; a list gives its name more than once.
function http.query(values)
  local names, parts = {}, {}
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = values[name]
    for _, item in ipairs(type(value) == "table" and value or { value }) do
      parts[#parts + 1] = escape(name) .. "=" .. escape(item)
    end
  end
  return table.concat(parts, "&")
end

http.escape = escape

local function has_header(headers, name)
  for key in pairs(headers) do
    if key:lower() == name then return true end
  end
  return false
end

--- Sends a request. Options: method, headers, query, body, body_file, json, form, save_to, timeout, connect_timeout,
--- idle_timeout, follow (false for none, or how many), bearer, limit, ca_bundle, client_certificate, client_key,
--- client_password, proxy.
function http.request(url, options)
  local request, headers = {}, {}
  for name, value in pairs(options or {}) do request[name] = value end
  for name, value in pairs(request.headers or {}) do headers[name] = value end
  request.url, request.headers = url, headers
  if request.query then
    local query = http.query(request.query)
    if query ~= "" then request.url = url .. (url:find("?", 1, true) and "&" or "?") .. query end
    request.query = nil
  end
  local function content(kind)
    if not has_header(headers, "content-type") then headers["Content-Type"] = kind end
  end
  if request.json ~= nil then
    request.body, request.json = require "awscicd.json".encode(request.json), nil
    content "application/json"
  elseif request.form then
    request.body, request.form = http.query(request.form), nil
    content "application/x-www-form-urlencoded"
  end
  if request.bearer then
    headers.Authorization, request.bearer = "Bearer " .. request.bearer, nil
  end
  if request.follow ~= nil then
    request.redirects = request.follow == true and 10 or request.follow or 0
    request.follow = nil
  end
  return setmetatable(native.request(request), Response)
end

for name, method in pairs { get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH",
  delete = "DELETE" } do
  http[name] = function(url, options)
    local request = { method = method }
    for key, value in pairs(options or {}) do request[key] = value end
    return http.request(url, request)
  end
end

return http
