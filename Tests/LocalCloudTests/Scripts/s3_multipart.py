import hashlib
import io
import os

from boto3.s3.transfer import TransferConfig
from support import *

s3 = client("s3")
s3.create_bucket(Bucket="large")
content = os.urandom(19 << 20)
s3.upload_fileobj(io.BytesIO(content), "large", "big", Config=TransferConfig(
    multipart_threshold=6 << 20, multipart_chunksize=6 << 20, max_concurrency=4))
head = s3.head_object(Bucket="large", Key="big")
parts = [content[at:at + (6 << 20)] for at in range(0, len(content), 6 << 20)]
digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
assert head["ETag"] == f'"{digest}-4"' and head["ContentLength"] == len(content)
read = io.BytesIO()
s3.download_fileobj("large", "big", read, Config=TransferConfig(multipart_threshold=4 << 20, multipart_chunksize=4 << 20))
assert read.getvalue() == content
assert s3.get_object(Bucket="large", Key="big", PartNumber=2)["Body"].read() == parts[1]
assert s3.get_object(Bucket="large", Key="big", Range="bytes=6000000-13000000")["Body"].read() == content[6000000:13000001]
s3.put_object(Bucket="large", Key="plain", Body=content)
assert s3.get_object(Bucket="large", Key="plain")["Body"].read() == content

upload = s3.create_multipart_upload(Bucket="large", Key="steps", ContentType="text/plain")["UploadId"]
one = s3.upload_part(Bucket="large", Key="steps", UploadId=upload, PartNumber=1, Body=b"a" * (5 << 20))
two = s3.upload_part_copy(Bucket="large", Key="steps", UploadId=upload, PartNumber=3,
                          CopySource="large/big", CopySourceRange="bytes=0-9")["CopyPartResult"]
assert [part["PartNumber"] for part in s3.list_parts(Bucket="large", Key="steps", UploadId=upload)["Parts"]] == [1, 3]
assert s3.list_multipart_uploads(Bucket="large")["Uploads"][0]["UploadId"] == upload
for wrong in ("0-9", "bytes=0-", "bytes=9-0", "bytes=0-1-2", "bites=0-9", "bytes=0-99999999999"):
    message = refused("InvalidArgument", s3.upload_part_copy, Bucket="large", Key="steps", UploadId=upload, PartNumber=4,
                      CopySource="large/big", CopySourceRange=wrong)
    assert "bytes=first-last" in message, (wrong, message)
listed = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 3, "ETag": two["ETag"]}]


def complete(parts):
    return s3.complete_multipart_upload(Bucket="large", Key="steps", UploadId=upload, MultipartUpload={"Parts": parts})


refused("InvalidPartOrder", complete, list(reversed(listed)))
refused("InvalidPart", complete, [{"PartNumber": 2, "ETag": one["ETag"]}])
complete(listed)
assert s3.get_object(Bucket="large", Key="steps")["Body"].read() == b"a" * (5 << 20) + content[:10]
refused("NoSuchUpload", complete, listed, status=404)
upload = s3.create_multipart_upload(Bucket="large", Key="small")["UploadId"]
small = [s3.upload_part(Bucket="large", Key="small", UploadId=upload, PartNumber=number, Body=b"x") for number in (1, 2)]
refused("EntityTooSmall", s3.complete_multipart_upload, Bucket="large", Key="small", UploadId=upload, MultipartUpload={
    "Parts": [{"PartNumber": at + 1, "ETag": part["ETag"]} for at, part in enumerate(small)]})
s3.abort_multipart_upload(Bucket="large", Key="small", UploadId=upload)
refused("NoSuchUpload", s3.list_parts, Bucket="large", Key="small", UploadId=upload)
