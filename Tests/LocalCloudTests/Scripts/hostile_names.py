"""Names that are paths or commands somewhere: keys of S3, files and branches of CodeCommit, refs that git would not send."""
import glob
import hashlib
import os
import subprocess
import sys
import tempfile

from support import *

s3, code = client("s3"), client("codecommit")
before = set(glob.glob("/tmp/awscicd-evil*"))

# Keys are names, never paths; what is too long is refused. Of those that an HTTP client may send as they are.
s3.create_bucket(Bucket="box")
s3.put_bucket_versioning(Bucket="box", VersioningConfiguration={"Status": "Enabled"})
KEYS = ["../evil", "../../../../tmp/awscicd-evil", "a/../../evil", "..", ".", "/tmp/awscicd-evil", "//", "a//b", "a/./b", "a\\..\\b",
        "$(touch /tmp/awscicd-evil)", "`id`", "'; drop table objects; --", "nul\0byte", "line\nbreak", "\x7f", "%2e%2e%2fevil", "ä" * 512,
        "k" * 1024, "a/" * 512, "-rf", "*", "con", "\ufeff", "e\u0301", "\u00e9"]
for key in KEYS:
    s3.put_object(Bucket="box", Key=key, Body=key.encode())
for key in KEYS:
    assert s3.get_object(Bucket="box", Key=key)["Body"].read() == key.encode(), key
listed = [row["Key"] for row in s3.list_objects_v2(Bucket="box")["Contents"]]
assert sorted(listed) == sorted(KEYS), set(listed) ^ set(KEYS)
for key in ("k" * 1025, "ä" * 513):
    refused("KeyTooLongError", s3.put_object, Bucket="box", Key=key, Body=b"", status=400)
for key in KEYS:
    s3.delete_object(Bucket="box", Key=key)
assert "Contents" not in s3.list_objects_v2(Bucket="box")

# Repositories, files and branches.
for name in ("../evil", "a/b", "..", ".", "a b", "x.git", "$(touch /tmp/awscicd-evil)", "ä", "x" * 101):
    refused("InvalidRepositoryNameException", code.create_repository, repositoryName=name)
url = code.create_repository(repositoryName="app")["repositoryMetadata"]["cloneUrlHttp"]
first = code.create_commit(repositoryName="app", branchName="main", putFiles=[{"filePath": "a.txt", "fileContent": b"1"}])["commitId"]
for path in ("../evil", "a/../../evil", ".git/config", "a/.git/hooks/post-update", ".", "..", "a/./b",
             "nul\0byte"):
    refused("InvalidPathException", code.create_commit, repositoryName="app", branchName="main", parentCommitId=first,
            putFiles=[{"filePath": path, "fileContent": b"x"}])
for name in ("../../evil", "--upload-pack=x", "a..b", "a b", "a\nb", "x.lock", "x.lock/y", ".x", "a/.x", "a//b", "@", "@{", "x.", "/",
             "refs/heads/../../x", "a" * 300, "\0", "a\\b", "a:b"):
    refused("InvalidBranchNameException", code.create_branch, repositoryName="app", branchName=name, commitId=first)
for commit in ("--output=/tmp/awscicd-evil", "main; touch /tmp/awscicd-evil", "HEAD^{/x}", "x" * 41):
    for call in (lambda: code.get_commit(repositoryName="app", commitId=commit),
                 lambda: code.get_file(repositoryName="app", filePath="a.txt", commitSpecifier=commit),
                 lambda: code.get_differences(repositoryName="app", afterCommitSpecifier=commit)):
        try:
            call()
            raise AssertionError(f"{commit!r} was taken as a commit")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response

# Refs that git itself would refuse to send, as bytes.
folder = tempfile.TemporaryDirectory(prefix="awscicd-git-")
AWS = os.path.join(os.path.dirname(sys.executable), "aws")
host = ENDPOINT.removeprefix("http://")
question = f"protocol=http\nhost={host}\npath=v1/repos/app\n\n"
answer = subprocess.run([AWS, "codecommit", "credential-helper", "--ignore-host-check", "get"], input=question, capture_output=True,
                        text=True, timeout=240).stdout
login = dict(line.split("=", 1) for line in answer.split("\n") if "=" in line)


def post(path, body, kind="receive-pack"):
    """Status and body of git's own request."""
    done = subprocess.run(
        ["curl", "-s", "--path-as-is", "-m", "20", "-u", f"{login['username']}:{login['password']}", "-H", f"Content-Type: application/x-git-{kind}-request",
         "--data-binary", "@-", "-w", "\n%{http_code}", f"{ENDPOINT}{path}"], input=body, capture_output=True, timeout=240)
    text, _, status = done.stdout.rpartition(b"\n")
    return int(status), text


def packet(data):
    return f"{len(data) + 4:04x}".encode() + data


empty = b"PACK" + (2).to_bytes(4, "big") + (0).to_bytes(4, "big")
empty += hashlib.sha1(empty).digest()
zero = "0" * 40
HEAD = code.get_branch(repositoryName="app", branchName="main")["branch"]["commitId"]
for ref in (b"refs/heads/../../../../tmp/awscicd-evil", b"refs/heads/../config", b"../hooks/post-receive", b"config", b"HEAD", b"refs/heads/a b",
            b"refs/heads/a\x01b", b"refs/heads/" + b"x" * 5000, b"/tmp/awscicd-evil", b"refs/heads/.lock", b"refs/heads/@{", b"--exec=touch"):
    status, text = post("/v1/repos/app/git-receive-pack", packet(
        f"{zero} {HEAD} ".encode() + ref + b"\0report-status agent=evil") + b"0000" + empty)
    assert status in (200, 400) and b"ok refs" not in text and b"ok " + ref[:20] not in text, (ref, status, text)
# A name that a shell would take for a command is a branch like any other.
ref = "refs/heads/$(touch${IFS}/tmp/awscicd-evil)-`id`;x"
status, text = post("/v1/repos/app/git-receive-pack", packet(f"{zero} {HEAD} {ref}\0report-status agent=evil".encode()) + b"0000" + empty)
assert status == 200 and b"ok refs/heads/$(touch" in text, (status, text)
assert ref.removeprefix("refs/heads/") in code.list_branches(repositoryName="app")["branches"]
# What is no pack, and lengths that lie.
for body in (b"", b"0000", b"zzzz", b"ffff", b"0004", b"0001" * 1000, packet(b"x" * 60000),
             packet(f"{zero} {HEAD} refs/heads/bad\0report-status".encode()) + b"0000PACK" + b"\xff" * 1000,
             packet(f"{HEAD} {'1' * 40} refs/heads/main\0report-status".encode()) + b"0000" + empty):
    status, text = post("/v1/repos/app/git-receive-pack", body)
    assert status in (200, 400, 500) and b"ok refs" not in text, (body[:40], status, text)
for path in ("/v1/repos/../../../etc/passwd", "/v1/repos/app/../../../../etc/passwd", "/v1/repos/app/objects/../../../../etc/passwd",
             "/v1/repos/app/config", "/v1/repos/app/%2e%2e/%2e%2e/etc/passwd", "/v1/repos//git-receive-pack", "/v1/repos/app/hooks/post-receive"):
    status, text = post(path, b"0000")
    assert 400 <= status < 500 and b"root:" not in text and b"[core]" not in text, (path, status, text)
assert code.get_branch(repositoryName="app", branchName="main")["branch"]["commitId"] == HEAD
assert set(code.list_branches(repositoryName="app")["branches"]) == {"main", ref.removeprefix("refs/heads/")}
assert set(glob.glob("/tmp/awscicd-evil*")) == before
