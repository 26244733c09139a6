import hashlib
import urllib.error
import urllib.request

from support import *

s3 = client("s3")
refused("InvalidBucketName", client("s3").create_bucket, Bucket="192.168.1.1", status=400)
s3.create_bucket(Bucket="site")
s3.create_bucket(Bucket="site")
s3.get_waiter("bucket_exists").wait(Bucket="site")
message = refused("NoSuchBucket", s3.list_objects_v2, Bucket="nowhere", status=404)
assert message == "The specified bucket does not exist"
answer = s3.put_object(Bucket="site", Key="index.html", Body=b"v2", ContentType="text/html", CacheControl="no-cache",
                       Metadata={"author": "dev"}, Tagging="a=1&b=two")
assert answer["ETag"] == '"%s"' % hashlib.md5(b"v2").hexdigest() and answer["ServerSideEncryption"] == "AES256"
read = s3.get_object(Bucket="site", Key="index.html")
assert read["Body"].read() == b"v2" and read["ContentType"] == "text/html" and read["Metadata"] == {"author": "dev"}
assert read["TagCount"] == 2 and read["CacheControl"] == "no-cache"
assert s3.head_object(Bucket="site", Key="index.html")["ContentLength"] == 2
assert refused("404", s3.head_object, Bucket="site", Key="none", status=404) == "Not Found"
assert refused("NoSuchKey", s3.get_object, Bucket="site", Key="none", status=404) == "The specified key does not exist."

# User metadata: 2,048 bytes of names and values together, wherever it is given; nothing of a refused request is kept.
most = {"m": "x" * 2047}
s3.put_object(Bucket="site", Key="much", Body=b"", Metadata=most)
assert s3.head_object(Bucket="site", Key="much")["Metadata"] == most
over = {"m": "x" * 2000, "n": "x" * 47}
for call, more in ((s3.put_object, {"Body": b"new"}), (s3.create_multipart_upload, {}),
                   (s3.copy_object, {"CopySource": "site/index.html", "MetadataDirective": "REPLACE"})):
    message = refused("MetadataTooLarge", call, Bucket="site", Key="much", Metadata=over, status=400, **more)
    assert message == "Your metadata headers exceed the maximum allowed metadata size", message
assert s3.head_object(Bucket="site", Key="much")["Metadata"] == most
assert not s3.list_multipart_uploads(Bucket="site").get("Uploads")
s3.delete_object(Bucket="site", Key="much")

# Conditions and ranges.
s3.put_object(Bucket="site", Key="digits", Body=b"0123456789")
assert s3.get_object(Bucket="site", Key="digits", Range="bytes=2-4")["Body"].read() == b"234"
last = s3.get_object(Bucket="site", Key="digits", Range="bytes=-3")
assert last["Body"].read() == b"789" and last["ContentRange"] == "bytes 7-9/10"
refused("InvalidRange", s3.get_object, Bucket="site", Key="digits", Range="bytes=20-", status=416)
tag = s3.head_object(Bucket="site", Key="digits")["ETag"]
refused("304", s3.get_object, Bucket="site", Key="digits", IfNoneMatch=tag, status=304)
refused("PreconditionFailed", s3.get_object, Bucket="site", Key="digits", IfMatch='"x"', status=412)
refused("PreconditionFailed", s3.put_object, Bucket="site", Key="digits", Body=b"x", IfNoneMatch="*", status=412)
refused("BadDigest", s3.put_object, Bucket="site", Key="digits", Body=b"x", ChecksumSHA256="A" * 43 + "=", status=400)

# Keys are bytes, never paths.
odd = ["../../etc/passwd", "/absolute", "a//b", "space and+plus", "ümlaut", "u\u0308mlaut", "100%/x", "emoji-😀", "dir/"]
for key in odd:
    s3.put_object(Bucket="site", Key=key, Body=key.encode())
for key in odd:
    assert s3.get_object(Bucket="site", Key=key)["Body"].read() == key.encode(), key
listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket="site")["Contents"]]
assert listed == sorted(odd + ["index.html", "digits"], key=lambda key: key.encode()), listed

# Listing: prefixes, delimiters, pages.
for number in range(23):
    s3.put_object(Bucket="site", Key=f"list/{number % 4}/{number:02}", Body=b"")
page = s3.list_objects_v2(Bucket="site", Prefix="list/", Delimiter="/")
assert [prefix["Prefix"] for prefix in page["CommonPrefixes"]] == ["list/0/", "list/1/", "list/2/", "list/3/"]
assert "Contents" not in page
for size in (1, 3, 10, 1000):
    keys = [entry["Key"] for one in s3.get_paginator("list_objects_v2").paginate(
        Bucket="site", Prefix="list/", PaginationConfig={"PageSize": size}) for entry in one.get("Contents", [])]
    assert len(keys) == 23 and keys == sorted(keys)
    prefixes = [entry["Prefix"] for one in s3.get_paginator("list_objects").paginate(
        Bucket="site", Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": size})
        for entry in one.get("CommonPrefixes", [])]
    assert prefixes == ["list/0/", "list/1/", "list/2/", "list/3/"], (size, prefixes)

# Copies, tags, many deletions.
s3.copy_object(Bucket="site", Key="copy", CopySource={"Bucket": "site", "Key": "space and+plus"})
assert s3.get_object(Bucket="site", Key="copy")["Body"].read() == b"space and+plus"
refused("InvalidRequest", s3.copy_object, Bucket="site", Key="copy", CopySource="site/copy")
s3.put_object_tagging(Bucket="site", Key="copy", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
assert s3.get_object_tagging(Bucket="site", Key="copy")["TagSet"] == [{"Key": "k", "Value": "v"}]
assert refused("BucketNotEmpty", s3.delete_bucket, Bucket="site", status=409) == "The bucket you tried to delete is not empty"
everything = [{"Key": entry["Key"]} for entry in s3.list_objects_v2(Bucket="site")["Contents"]] + [{"Key": "was never there"}]
assert len(s3.delete_objects(Bucket="site", Delete={"Objects": everything})["Deleted"]) == len(everything)
s3.delete_bucket(Bucket="site")
s3.get_waiter("bucket_not_exists").wait(Bucket="site")

# Links, in both signature versions, and links that are changed.
s3.create_bucket(Bucket="signed")
for version in ("s3v4", "s3"):
    signer = boto3.client("s3", config=Config(signature_version=version))
    url = signer.generate_presigned_url("put_object", Params={"Bucket": "signed", "Key": "a b.txt"}, ExpiresIn=60)
    urllib.request.urlopen(urllib.request.Request(url, data=b"by link", method="PUT", headers={"Content-Type": ""}))
    url = signer.generate_presigned_url("get_object", ExpiresIn=60, Params={
        "Bucket": "signed", "Key": "a b.txt", "ResponseContentType": "text/x"})
    answer = urllib.request.urlopen(url)
    assert answer.read() == b"by link" and answer.headers["content-type"] == "text/x"
    for changed in (url.replace("a%20b", "a%20c"), url.replace("Expires=", "Expires=1"), url.replace("text%2Fx", "text%2Fy")):
        assert changed != url
        try:
            urllib.request.urlopen(changed)
            raise AssertionError(f"a changed link was accepted: {changed}")
        except urllib.error.HTTPError as error:
            assert error.code in (400, 403), error.code
    url = signer.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "a b.txt"}, ExpiresIn=1)
    time.sleep(2.1)
    try:
        urllib.request.urlopen(url)
        raise AssertionError("an old link was accepted")
    except urllib.error.HTTPError as error:
        assert error.code == 403 and b"Request has expired" in error.read()

# Virtual hosts.
request = urllib.request.Request(f"{ENDPOINT}/a%20b.txt", headers={"Host": "signed.s3.us-east-1.localhost"})
s3.delete_public_access_block(Bucket="signed")
s3.put_bucket_policy(Bucket="signed", Policy=policy(
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::signed/*"}))
assert urllib.request.urlopen(request).read() == b"by link"
