local check = require "check"
local test = check.test

local function round(text) return json.encode(json.decode(text)) end

test("what is read is written again", function()
  for _, text in ipairs {
    "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.5", "1e+300", "-0.0",
    '""', '"a"', '"\\u0000"', '"\\"\\\\"', '"é€😀"', "[]", "{}", "[[],{}]", '{"a":[],"b":{}}', "[null,1,null]",
    '{"a":null}', '{"a":{"b":{"c":[1,2,{"d":[]}]}}}',
  } do
    check.equal(round(text), text)
  end
end)

test("numbers keep their kind", function()
  check.equal(json.decode "1", 1)
  check.equal(json.decode "1.0", 1.0)
  check.equal(json.decode "1e2", 100.0)
  check.equal(json.encode(1.0), "1.0")
  check.equal(json.decode "9007199254740993", 9007199254740993)
  check.equal(json.decode "18446744073709551615", 18446744073709551615.0)
  check.equal(1 / json.decode "-0", -math.huge)
  check.equal(json.encode(0.1), "0.1")
  check.equal(json.decode(json.encode(math.pi)), math.pi)
  check.equal(json.decode "123456789012345678901234567890e-10", 12345678901234567890.0)
end)

test("null is a value of its own", function()
  check.equal(json.decode '{"a": null}'.a, json.null)
  check.truthy(json.null ~= nil)
  check.equal(tostring(json.null), "null")
  check.equal(json.encode { json.null }, "[null]")
  check.equal(json.encode(nil), "null")
end)

test("lists and maps", function()
  check.equal(json.encode {}, "{}")
  check.equal(json.encode(json.list()), "[]")
  check.equal(json.encode(json.list { 1 }), "[1]")
  check.equal(json.encode { a = json.list {} }, '{"a":[]}')
  check.truthy(json.is_list(json.decode "[]"))
  check.truthy(json.is_list { 1 })
  check.truthy(not json.is_list {})
  check.truthy(not json.is_list "x")
  local list = json.decode "[]"
  list[1] = "x"
  check.equal(json.encode(list), '["x"]')
end)

test("keys are in order", function()
  check.equal(json.encode { b = 1, a = 2, ["0"] = 3, aa = { z = 1, y = 2 } }, '{"0":3,"a":2,"aa":{"y":2,"z":1},"b":1}')
  local t = {}
  for i = 1, 100 do t[("k%03d"):format(i * 37 % 101)] = i end
  local previous = ""
  for key in json.encode(t):gmatch '"(k%d+)"' do
    check.truthy(previous < key)
    previous = key
  end
end)

test("pretty text", function()
  check.equal(json.encode({ a = { 1, { b = json.list() } }, c = {} }, { pretty = true }), [[
{
  "a": [
    1,
    {
      "b": []
    }
  ],
  "c": {}
}]])
  check.equal(json.decode(json.encode({ 1, { x = "y" } }, { pretty = true })), { 1, { x = "y" } })
  check.raises("unknown option 'prety'; did you mean", json.encode, {}, { prety = true })
end)

test("escapes", function()
  check.equal(json.decode [["\u0041\n\t\/\ud83d\ude00"]], "A\n\t/😀")
  check.equal(json.encode "\1\n\"\\/é", [["\u0001\n\"\\/é"]])
  check.raises("not JSON", json.decode, [["\ud83d"]])
  check.raises("not JSON", json.decode, [["\x"]])
  check.raises("not JSON", json.decode, '"a\nb"')
end)

test("what is not JSON is told with its place", function()
  for text, problem in pairs {
    [""] = "line 1, column 1", ["[1,]"] = "column 4", ["{\n  \"a\": 1,\n  b: 2\n}"] = "line 3, column 3",
    ["[1 2]"] = "column 4", ["01"] = "column", ["nul"] = "column", ["1."] = "column", ["[1] x"] = "column 5",
    ['{"a" 1}'] = "column 6", ["'a'"] = "column 1", ["[\"é\", x]"] = "column 7", ["1e999"] = "too large",
    ["\"\xff\""] = "UTF-8", ["\"\xed\xa0\x80\""] = "UTF-8", ["\"\xc0\x80\""] = "UTF-8", ["\"abc"] = "column",
    ["-"] = "column", ["[" ] = "column 2", ["{\"a\":1,}"] = "column 8",
  } do
    local err = check.raises(problem, json.decode, text)
    check.equal(err.code, "InvalidJSON")
    check.truthy(err.line >= 1 and err.column >= 1)
  end
end)

test("nesting has a limit", function()
  check.equal(round(("["):rep(512) .. ("]"):rep(512)), ("["):rep(512) .. ("]"):rep(512))
  check.raises("nested", json.decode, ("["):rep(513) .. ("]"):rep(513))
  check.raises("nested", json.decode, ("["):rep(1000000))
  local deep = {}
  for _ = 1, 600 do deep = { deep } end
  check.raises("nested too deeply", json.encode, deep)
  local cycle = {}
  cycle.self = cycle
  check.raises("contains itself", json.encode, cycle)
end)

test("what JSON cannot express is named by its path", function()
  check.raises("a.b[2] is a function", json.encode, { a = { b = { 1, print } } })
  check.raises("the value is a function", json.encode, print)
  check.raises("a is not a number", json.encode, { a = 0 / 0 })
  check.raises("a is infinite", json.encode, { a = math.huge })
  check.raises("holes", json.encode, { 1, 2, nil, 4 })
  check.raises("a has both items and named entries", json.encode, { a = { 1, 2, x = 3 } })
  local results = task.map({ 1, 2 }, function(n) return n * 2 end)
  check.raises("the entry 'n', their count (from table.pack or task.map): set that to nil", json.encode, results)
  results.n = nil
  check.equal(json.encode(results), "[2,4]")
  check.raises("key that is no string", json.encode, { [1.5] = 1 })
  check.raises("key that is no string", json.encode, { [5] = 1 })
  check.raises("x is a string that is not UTF-8", json.encode, { x = "\xff" })
  check.raises("not UTF-8", json.encode, { ["\xff"] = 1 })
end)

test("equal keys: the last counts", function()
  check.equal(json.decode '{"a":1,"a":2}', { a = 2 })
end)

test("large text", function()
  local items = {}
  for i = 1, 20000 do
    items[i] = { id = i, name = "item " .. i, tags = { "a", "b" }, big = ("x"):rep(i % 300), empty = json.list() }
  end
  local text = json.encode(items)
  check.equal(json.encode(json.decode(text)), text)
end)

check.done()
