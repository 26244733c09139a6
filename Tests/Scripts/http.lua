--- Takes the URL of the test's server as its argument.
local check = require "check"
local test = check.test
local base = ...

test("a page", function()
  local r = http.get(base .. "/echo?x=1")
  check.equal({ r.status, r.ok, r.url }, { 200, true, base .. "/echo?x=1" })
  local seen = r:json()
  check.equal({ seen.method, seen.path }, { "GET", "/echo?x=1" })
  check.equal(r.headers["content-type"], "application/json")
  check.truthy(r.seconds >= 0)
  check.equal(r:check(), r)
end)

test("what is sent", function()
  local r = http.post(base .. "/echo", { json = { a = { 1 } }, headers = { ["X-Test"] = "yes" } }):json()
  check.equal({ r.method, r.body, r.headers["content-type"], r.headers["x-test"] },
    { "POST", '{"a":[1]}', "application/json", "yes" })
  r = http.put(base .. "/echo", { form = { b = "x y&z", a = { 1, 2 } } }):json()
  check.equal({ r.body, r.headers["content-type"] }, { "a=1&a=2&b=x%20y%26z", "application/x-www-form-urlencoded" })
  r = http.get(base .. "/echo", { query = { q = "é" }, bearer = "token" }):json()
  check.equal({ r.path, r.headers.authorization }, { "/echo?q=%C3%A9", "Bearer token" })
  check.equal(http.delete(base .. "/echo", { body = "raw" }):json().body, "raw")
  check.equal(http.request(base .. "/echo", { method = "PATCH" }):json().method, "PATCH")
end)

test("answers of other kinds", function()
  local r = http.get(base .. "/status/404")
  check.equal({ r.status, r.ok, r.body }, { 404, false, "status 404" })
  check.raises("/status/404 answered 404: status 404", r.check, r)
  check.equal(http.head(base .. "/echo").status, 200)
  check.equal(http.get(base .. "/redirect").url, base .. "/echo")
  check.equal(http.get(base .. "/redirect", { follow = false }).status, 302)
  check.equal(http.get(base .. "/gzip").body, "unpacked")
end)

test("to a file", function()
  local file = fs.temp_file()
  local r = http.get(base .. "/bytes/3000000", { save_to = file })
  check.equal({ r.path, r.size, fs.stat(file).size, r.body }, { file, 3000000, 3000000, nil })
  local up = http.post(base .. "/count", { body_file = file })
  check.equal(up.body, "3000000")
  fs.remove(file)
end)

test("a server that dies in the middle of its answer", function()
  local folder = fs.temp_directory()
  for _, way in ipairs { "plain", "chunked" } do
    local file = fs.join(folder, way)
    fs.write(file, "as it was")
    for _, target in ipairs { file, file .. ".new" } do
      local err = check.raises("ended too early", http.get, base .. "/half/" .. way, { save_to = target })
      check.equal({ err.code, err.transient }, { "truncated", true })
    end
    check.equal(fs.read(file), "as it was")
    check.equal(check.raises("ended too early", http.get, base .. "/half/" .. way).code, "truncated")
  end
  -- Nothing is left of what had come.
  check.equal(#fs.list(folder), 2)
  fs.remove(folder, { recursive = true })
end)

test("no answer is an error", function()
  local err = check.raises("cannot connect", http.get, "http://127.0.0.1:1/")
  check.equal({ err.code, err.transient }, { "connect", true })
  check.equal(check.raises("in time", http.get, base .. "/slow", { timeout = "200ms" }).code, "totalTimeout")
  check.equal(check.raises("", http.get, base .. "/bytes/3000000", { limit = 1000 }).code, "bodyTooLarge")
  check.raises("is not a URL", http.get, "ftp://example.com")
  check.raises("is not a URL", http.get, "example.com")
  check.raises("no host", http.get, "http:///x")
  check.raises("line end", http.get, base, { headers = { A = "b\r\nC: d" } })
  check.raises("unknown option 'timout'", http.get, base, { timout = 1 })
  check.raises("no HTTP method", http.request, base, { method = "get it" })
end)

test("many at once", function()
  local started, alone = time.monotonic(), 0
  local jobs = {}
  for i = 1, 20 do jobs[i] = task.spawn(http.get, base .. "/wait/1000") end
  for _, job in ipairs(jobs) do
    local answer = job:join()
    check.equal(answer.status, 200)
    alone = alone + answer.seconds
  end
  check.truthy(time.monotonic() - started < alone / 2, "20 requests of a second, one after the other,")
end)

check.done()
