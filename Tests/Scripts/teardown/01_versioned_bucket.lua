-- Needs: the local cloud
-- A versioned bucket goes with its objects, old versions, delete markers and unfinished uploads.
local check, fixtures = require "check", require "fixtures"

local bucket = artifacts.bucket { name = "case-artifacts-1" }
for version = 1, 3 do aws.s3.put_object { Bucket = bucket, Key = "a/one", Body = "v" .. version } end
aws.s3.put_object { Bucket = bucket, Key = "a b+c&ü", Body = "x" }
aws.s3.delete_object { Bucket = bucket, Key = "a/one" }
aws.s3.delete_object { Bucket = bucket, Key = "never was" }
aws.s3.create_multipart_upload { Bucket = bucket, Key = "half" }

local _, refused = aws.s3.try.delete_bucket { Bucket = bucket }
check.equal(refused.code, "BucketNotEmpty")

local report = fixtures.take_down "case-"
check.yes(teardown.clean(report))
check.equal(#(aws.s3.list_buckets {}.Buckets or {}), 0)
