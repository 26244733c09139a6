import urllib.error
import urllib.request

from support import *

s3 = client("s3")
s3.create_bucket(Bucket="open")
s3.put_object(Bucket="open", Key="page", Body=b"hello")


def anonymous():
    try:
        return urllib.request.urlopen(f"{ENDPOINT}/open/page").read()
    except urllib.error.HTTPError as error:
        return error.code


assert anonymous() == 403
public = policy({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*"})
assert "BlockPublicPolicy" in refused("AccessDenied", s3.put_bucket_policy, Bucket="open", Policy=public, status=403)
assert s3.get_public_access_block(Bucket="open")["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
s3.delete_public_access_block(Bucket="open")
refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket="open", status=404)
refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="open", status=404)
s3.put_bucket_policy(Bucket="open", Policy=public)
assert json.loads(s3.get_bucket_policy(Bucket="open")["Policy"]) == json.loads(public)
assert anonymous() == b"hello"
refused("MalformedPolicy", s3.put_bucket_policy, Bucket="open", Policy="no json")
assert "Missing required field Principal" == refused("MalformedPolicy", s3.put_bucket_policy, Bucket="open", Policy=policy(
    allow("s3:GetObject", "arn:aws:s3:::open/*")))
refused("MalformedPolicy", s3.put_bucket_policy, Bucket="open", Policy=policy(
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::another/*"}))
s3.put_bucket_policy(Bucket="open", Policy=policy({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [
    "arn:aws:s3:::open", "arn:aws:s3:::open/*"]}))
assert anonymous() == 403
assert "explicit deny in a resource-based policy" in refused("AccessDenied", s3.get_object, Bucket="open", Key="page")
s3.delete_bucket_policy(Bucket="open")
assert s3.get_object(Bucket="open", Key="page")["Body"].read() == b"hello"

# Another account: its root may nothing here until the bucket says so.
other = client("s3", aws_access_key_id="210987654321", aws_secret_access_key="test")
assert other.list_buckets()["Buckets"] == []
refused("AccessDenied", other.get_object, Bucket="open", Key="page", status=403)
refused("BucketAlreadyExists", other.create_bucket, Bucket="open", status=409)
s3.put_bucket_policy(Bucket="open", Policy=policy({
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::open/*"}))
assert other.get_object(Bucket="open", Key="page")["Body"].read() == b"hello"
refused("AccessDenied", other.put_object, Bucket="open", Key="page", Body=b"x")

# Settings.
encryption = s3.get_bucket_encryption(Bucket="open")["ServerSideEncryptionConfiguration"]["Rules"][0]
assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
refused("AccessControlListNotSupported", s3.put_object, Bucket="open", Key="x", Body=b"", ACL="public-read", status=400)
refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket="open", status=404)
rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
s3.put_bucket_lifecycle_configuration(Bucket="open", LifecycleConfiguration={"Rules": [rule]})
assert s3.get_bucket_lifecycle_configuration(Bucket="open")["Rules"] == [rule]
refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="open", status=404)
s3.put_bucket_tagging(Bucket="open", Tagging={"TagSet": [{"Key": "app", "Value": "demo"}]})
assert s3.get_bucket_tagging(Bucket="open")["TagSet"] == [{"Key": "app", "Value": "demo"}]
assert s3.get_bucket_location(Bucket="open")["LocationConstraint"] is None
west = client("s3", region="eu-west-1")
refused("IllegalLocationConstraintException", west.create_bucket, Bucket="west")
west.create_bucket(Bucket="west", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
assert s3.get_bucket_location(Bucket="west")["LocationConstraint"] == "eu-west-1"
refused("BucketAlreadyOwnedByYou", west.create_bucket, Bucket="west",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
