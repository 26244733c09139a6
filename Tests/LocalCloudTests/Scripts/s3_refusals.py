"""What S3 refuses of names, settings, policies, tags and headers, and that nothing is kept of it."""
from support import *

s3 = raw("s3")
s3.create_bucket(Bucket="store")
s3.put_object(Bucket="store", Key="a", Body=b"0123456789")


def each(call, cases, **given):
    """Every case is refused with its code: {code: [input, ...]}."""
    for code, inputs in cases.items():
        for input in inputs:
            refused(code, call, **{"Bucket": "store", **given, **input})


# Buckets.
each(s3.create_bucket, {
    "InvalidBucketName": [{"Bucket": name} for name in (
        "Abc", "a_b", "ab", "xn--abc", "sthree-x", "amzn-s3-demo-x", "abc-s3alias", "abc--ol-s3", "abc.mrap")],
    "InvalidLocationConstraint": [{"CreateBucketConfiguration": {"LocationConstraint": place}} for place in ("moon", "us-east-1")],
    "InvalidBucketAclWithObjectOwnership": [{"ACL": "public-read"}],
    "InvalidArgument": [{"ACL": "foo"}, {"ObjectOwnership": "Foo"}],
    "InvalidTag": [{"CreateBucketConfiguration": {"Tags": [{"Key": "aws:a", "Value": "b"}]}}],
}, Bucket="new-bucket")
refused("404", s3.head_bucket, Bucket="new-bucket")
refused("AccessDenied", s3.list_objects_v2, Bucket="store", ExpectedBucketOwner="111111111111")

# Lifecycles.
rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}


def lifecycle(*changes):
    rules = [{name: value for name, value in {**rule, **change}.items() if value is not None} for change in changes]
    s3.put_bucket_lifecycle_configuration(Bucket="store", LifecycleConfiguration={"Rules": rules})


def moved(*transitions, **more):
    return {"Expiration": None, "Transitions": list(transitions), **more}


for code, changes in {
    "MalformedXML": [
        {"Expiration": {"Days": 1, "Date": "2030-01-01T00:00:00Z"}},
        {"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}},
        {"Prefix": "a"}, {"Filter": None}, {"Filter": {"Prefix": "a", "Tag": {"Key": "a", "Value": "b"}}},
        {"Filter": {"And": {"Prefix": "a"}}}, moved({"Days": 30}), moved({"StorageClass": "GLACIER"}),
    ],
    "InvalidRequest": [
        {"Expiration": None}, moved({"Days": 30, "StorageClass": "GLACIER"}, {"Days": 60, "StorageClass": "GLACIER"}),
        {"Expiration": None, "Filter": {"Tag": {"Key": "a", "Value": "b"}},
         "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"Filter": {"And": {"ObjectSizeGreaterThan": 10, "ObjectSizeLessThan": 5}}},
    ],
    "InvalidArgument": [
        {"Expiration": {"Days": 0}}, {"Expiration": {"Days": -1}}, {"Expiration": {"Date": "2030-01-01T01:00:00Z"}},
        {"ID": "a" * 256}, moved({"Days": 29, "StorageClass": "STANDARD_IA"}),
        {"Expiration": {"Days": 10}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]},
        {"Expiration": None, "NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
        {"Expiration": None, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
    ],
}.items():
    for change in changes:
        refused(code, lifecycle, change)
refused("MalformedXML", lifecycle)
refused("InvalidArgument", lifecycle, {}, {})
refused("InvalidRequest", lifecycle, *[{"ID": f"r{i}", "Filter": {"Prefix": f"p{i}"}} for i in range(1001)])
refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket="store")
lifecycle({}, {"ID": "t", "Filter": {"Prefix": "old/"}, "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}]})

# Other settings.
aes = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
each(lambda Bucket, rules: s3.put_bucket_encryption(Bucket=Bucket, ServerSideEncryptionConfiguration={"Rules": rules}), {
    "MalformedXML": [{"rules": []}, {"rules": [aes] * 2}],
    "InvalidArgument": [{"rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "x"}}]}],
})
cors = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
for change in ({"AllowedMethods": ["FOO"]}, {"AllowedOrigins": ["http://*.*"]}, {"ExposeHeaders": ["*"]}):
    refused("InvalidRequest", s3.put_bucket_cors, Bucket="store", CORSConfiguration={"CORSRules": [{**cors, **change}]})
refused("InvalidRequest", s3.put_bucket_cors, Bucket="store", CORSConfiguration={"CORSRules": [cors] * 101})
for website in ({}, {"IndexDocument": {"Suffix": "a/b"}},
                {"IndexDocument": {"Suffix": "a"}, "RedirectAllRequestsTo": {"HostName": "x"}}):
    refused("InvalidArgument", s3.put_bucket_website, Bucket="store", WebsiteConfiguration=website)
refused("InvalidTargetBucketForLogging", s3.put_bucket_logging, Bucket="store",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "none", "TargetPrefix": ""}})
for kind, arn in (("Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:none"), ("Queue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:none"),
                  ("LambdaFunction", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:none")):
    told = {f"{kind}Configurations": [{f"{kind}Arn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    refused("InvalidArgument", s3.put_bucket_notification_configuration, Bucket="store", NotificationConfiguration=told)
assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="store")
told = {"TopicConfigurations": [{"TopicArn": client("sns").create_topic(Name="t")["TopicArn"], "Events": ["s3:ObjectCreated:*"]}]}
s3.put_bucket_notification_configuration(Bucket="store", NotificationConfiguration=told)
copies = {"Role": f"arn:aws:iam::{ACCOUNT}:role/r",
          "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::none"}}]}
refused("InvalidRequest", s3.put_bucket_replication, Bucket="store", ReplicationConfiguration=copies)
refused("InvalidBucketState", s3.put_object_lock_configuration, Bucket="store", status=409,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
for get in (s3.get_bucket_cors, s3.get_bucket_website, s3.get_bucket_replication, s3.get_object_lock_configuration):
    try:
        get(Bucket="store")
        raise AssertionError("was kept")
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 404, error.response
s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
assert s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}

# Policies.
statement = {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::store/*"}


def put_policy(*changes, **more):
    s3.put_bucket_policy(Bucket="store", Policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{**statement, **change} for change in changes], **more}))


client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
for words, change in {
    "Invalid principal in policy": {"Principal": {"AWS": "zz"}},
    "Policy has invalid action": {"Action": "ec2:RunInstances"},
    "Action does not apply to any resource(s) in statement": {"Resource": "arn:aws:s3:::store"},
    "Invalid Condition type : Foo": {"Condition": {"Foo": {"aws:x": "y"}}},
    "Syntax errors in policy.": {"Note": "x"},
    "Policy has invalid resource": {"Resource": "arn:aws:s3:::other/*"},
}.items():
    assert refused("MalformedPolicy", put_policy, change) == words
refused("MalformedPolicy", put_policy, {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"}})
refused("MalformedPolicy", put_policy, {"Action": "s3:ListBucket"})
refused("MalformedPolicy", put_policy)
refused("MalformedPolicy", put_policy, {}, Version="2010")
refused("MalformedPolicy", put_policy, {}, {})
refused("MalformedPolicy", put_policy, *[{"Sid": f"a{i}", "Resource": "arn:aws:s3:::store/" + "a" * 300} for i in range(80)])
refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket="store")
put_policy({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}, "Resource": ["arn:aws:s3:::store", "arn:aws:s3:::store/*"],
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:AbortMultipartUpload"]})

# Tags.
tags = {
    "InvalidTag": [[{"Key": "a", "Value": "x"}] * 2, [{"Key": "aws:a", "Value": "x"}], [{"Key": "a" * 129, "Value": "x"}],
                   [{"Key": "a!", "Value": "x"}], [{"Key": "a", "Value": "x" * 257}]],
}
for code, sets in tags.items():
    for given in sets:
        refused(code, s3.put_bucket_tagging, Bucket="store", Tagging={"TagSet": given})
        refused(code, s3.put_object_tagging, Bucket="store", Key="a", Tagging={"TagSet": given})
refused("BadRequest", s3.put_bucket_tagging, Bucket="store", Tagging={"TagSet": [{"Key": f"a{i}", "Value": "x"} for i in range(51)]})
refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="store")
assert s3.get_object_tagging(Bucket="store", Key="a")["TagSet"] == []

# Objects.
each(s3.put_object, {
    "InvalidTag": [{"Tagging": "aws:a=1"}], "BadRequest": [{"Tagging": "&".join(f"a{i}=x" for i in range(11))}],
    "InvalidArgument": [{"Tagging": "a=1&a=2"}, {"ServerSideEncryption": "FOO"},
                        {"ServerSideEncryption": "AES256", "SSEKMSKeyId": "x"}],
    "KMS.NotFoundException": [{"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/none"}],
    "InvalidRequest": [{"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"}],
    "InvalidRedirectLocation": [{"WebsiteRedirectLocation": "foo"}],
    "NotImplemented": [{"IfNoneMatch": '"zz"'}],
}, Key="b", Body=b"x")
assert s3.list_objects_v2(Bucket="store")["KeyCount"] == 1
refused("KMS.NotFoundException", s3.create_multipart_upload, Bucket="store", Key="b", ServerSideEncryption="aws:kms",
        SSEKMSKeyId="alias/none")
each(s3.get_object, {
    "InvalidArgument": [{"PartNumber": 0}, {"VersionId": ""}], "InvalidRequest": [{"PartNumber": 1, "Range": "bytes=0-1"}],
}, Key="a")
each(s3.get_object_attributes, {"InvalidArgument": [{"ObjectAttributes": ["Foo"]}]}, Key="a")
# Without its header it is still this operation, not GetObject.
refused("InvalidRequest", s3.get_object_attributes, Bucket="store", Key="a", ObjectAttributes=[])
each(s3.copy_object, {
    "InvalidArgument": [{"MetadataDirective": "FOO"}, {"TaggingDirective": "FOO"}],
}, Key="b", CopySource="store/a")
