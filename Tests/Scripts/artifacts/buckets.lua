-- Needs: the local cloud
-- Versioned buckets, objects and their versions, zip archives, packages.
local check = require "check"

check.has(artifacts.bucket_name "team", "team-artifacts-", aws.account())
local bucket = artifacts.bucket { name = "artifacts-test", expire_days = 7, tags = { team = "web" } }
check.equal(artifacts.bucket { name = "artifacts-test" }, bucket)
check.equal(aws.s3.get_bucket_versioning({ Bucket = bucket }).Status, "Enabled")
check.equal(aws.s3.get_public_access_block({ Bucket = bucket }).PublicAccessBlockConfiguration.BlockPublicPolicy, true)
check.equal(aws.s3.get_bucket_lifecycle_configuration({ Bucket = bucket }).Rules[1].NoncurrentVersionExpiration.NoncurrentDays, 7)

local one = artifacts.upload { bucket = bucket, key = "a/b.txt", content = "one", type = "text/plain" }
local two = artifacts.upload { bucket = bucket, key = "a/b.txt", content = "two" }
check.yes(one.version ~= two.version)
check.equal(artifacts.download(bucket, "a/b.txt"), "two")
check.equal(artifacts.download(bucket, "a/b.txt", one.version), "one")
check.equal(artifacts.download(bucket, "nothing"), nil)
aws.s3.delete_object { Bucket = bucket, Key = "a/b.txt" }
check.equal(artifacts.download(bucket, "a/b.txt"), nil)
local versions = artifacts.versions(bucket, "a/")
check.equal(#versions, 3)
check.equal({ versions[1].deleted, versions[1].latest, versions[2].version }, { true, true, two.version })
local file = fs.join(tostring(fs.temp_directory()), "large")
fs.write(file, ("0123456789"):rep(100000))
artifacts.upload { bucket = bucket, key = "large", file = file }
check.equal(#artifacts.download(bucket, "large"), 1000000)
check.fails(function() artifacts.upload { bucket = bucket, key = "x" } end, "give content or file")

-- A zip that other programs read, the same bytes for the same files.
local files = { ["index.html"] = "được\n", ["bin/run"] = { content = "#!/bin/sh\n", executable = true } }
local archive = artifacts.zip(files)
check.equal(artifacts.zip(files), archive)
local listing = process.run { "python3", "-c", [[
import io, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
modes = [(i.filename, oct(i.external_attr >> 16)) for i in archive.infolist()]
print(archive.testzip(), modes, archive.read("index.html").decode())
]], input = archive, check = true }.stdout
check.has(listing, "None [('bin/run', '0o100755'), ('index.html', '0o100644')] được")

local packages = artifacts.packages { domain = "team", repository = "python" }
check.equal(artifacts.packages({ domain = "team", repository = "python" }).endpoint, packages.endpoint)
local wheel = artifacts.wheel { name = "greeter", version = "1.0", files = { ["greeter/__init__.py"] = "x = 1\n" } }
check.equal(artifacts.publish(packages, wheel), true)
check.equal(artifacts.publish(packages, wheel), false, "what is there already is left alone")
check.equal(artifacts.published(packages), { greeter = { "1.0" } })
