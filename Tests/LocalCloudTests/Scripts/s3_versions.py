from support import *

s3 = client("s3")
s3.create_bucket(Bucket="artifacts")
assert "Status" not in s3.get_bucket_versioning(Bucket="artifacts")
s3.put_object(Bucket="artifacts", Key="k", Body=b"before")
s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
first = s3.put_object(Bucket="artifacts", Key="k", Body=b"one")["VersionId"]
second = s3.put_object(Bucket="artifacts", Key="k", Body=b"two")["VersionId"]
assert s3.get_object(Bucket="artifacts", Key="k")["Body"].read() == b"two"
assert s3.get_object(Bucket="artifacts", Key="k", VersionId=first)["Body"].read() == b"one"
assert s3.get_object(Bucket="artifacts", Key="k", VersionId="null")["Body"].read() == b"before"
refused("NoSuchVersion", s3.get_object, Bucket="artifacts", Key="k", VersionId="nope", status=404)

marker = s3.delete_object(Bucket="artifacts", Key="k")
assert marker["DeleteMarker"] is True
refused("NoSuchKey", s3.get_object, Bucket="artifacts", Key="k")
refused("MethodNotAllowed", s3.get_object, Bucket="artifacts", Key="k", VersionId=marker["VersionId"], status=405)
assert "Contents" not in s3.list_objects_v2(Bucket="artifacts")
assert "You must delete all versions in the bucket." in refused("BucketNotEmpty", s3.delete_bucket, Bucket="artifacts")
versions = s3.list_object_versions(Bucket="artifacts")
assert [version["VersionId"] for version in versions["Versions"]] == [second, first, "null"]
assert versions["DeleteMarkers"][0]["IsLatest"] is True

# Undeleting, then the whole bucket in small pages: versions and markers.
s3.delete_object(Bucket="artifacts", Key="k", VersionId=marker["VersionId"])
assert s3.get_object(Bucket="artifacts", Key="k")["Body"].read() == b"two"
for number in range(7):
    s3.put_object(Bucket="artifacts", Key=f"many/{number}", Body=b"1")
    s3.put_object(Bucket="artifacts", Key=f"many/{number}", Body=b"2")
    s3.delete_object(Bucket="artifacts", Key=f"many/{number}")
for size in (1, 2, 5, 1000):
    found = []
    for page in s3.get_paginator("list_object_versions").paginate(
            Bucket="artifacts", PaginationConfig={"PageSize": size}):
        found += [(entry["Key"], entry["VersionId"]) for entry in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    assert len(found) == len(set(found)) == 24, (size, len(found))
for page in s3.get_paginator("list_object_versions").paginate(Bucket="artifacts", PaginationConfig={"PageSize": 5}):
    entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
    s3.delete_objects(Bucket="artifacts", Delete={
        "Objects": [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries], "Quiet": True})
s3.delete_bucket(Bucket="artifacts")

# Suspended: the null version is replaced, the others stay.
s3.create_bucket(Bucket="paused")
s3.put_bucket_versioning(Bucket="paused", VersioningConfiguration={"Status": "Enabled"})
kept = s3.put_object(Bucket="paused", Key="k", Body=b"kept")["VersionId"]
s3.put_bucket_versioning(Bucket="paused", VersioningConfiguration={"Status": "Suspended"})
for body in (b"a", b"b"):
    s3.put_object(Bucket="paused", Key="k", Body=body)
assert [v["VersionId"] for v in s3.list_object_versions(Bucket="paused")["Versions"]] == ["null", kept]
