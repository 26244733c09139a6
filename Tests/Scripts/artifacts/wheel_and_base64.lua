-- Base64 by RFC 4648's own examples, and a wheel that Python's zip reader accepts.
local check = require "check"

for plain, encoded in pairs {
  [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy",
} do
  check.equal(artifacts.base64(plain), encoded)
end

local wheel = artifacts.wheel { name = "demo-pkg", version = "1.2", files = { ["demo_pkg/__init__.py"] = "X = 1\n" } }
check.equal(wheel.file, "demo_pkg-1.2-py3-none-any.whl")
local answer = process.run { "python3", "-c", [[
import io, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert archive.testzip() is None
print(" ".join(sorted(archive.namelist())))
]], input = wheel.content, check = true }
check.has(answer.stdout, "demo_pkg/__init__.py", "demo_pkg-1.2.dist-info/METADATA", "demo_pkg-1.2.dist-info/RECORD")
