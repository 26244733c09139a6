"""Kills the server at drawn moments while it is written to, and looks each time at what it had acknowledged.

Usage: kills.py SERVER DIRECTORY [ROUNDS [SEED]]
"""
import base64
import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error

program, directory = sys.argv[1], sys.argv[2]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 4
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.SystemRandom().randrange(1 << 32)
print(f"seed {seed}", flush=True)
draw = random.Random(seed)

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
os.environ.update(
    AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null",
    AWS_EC2_METADATA_DISABLED="true")

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from support import *


def start():
    """A server on the same port and directory as the one before."""
    server = subprocess.Popen([program, "--quiet", "--port", str(port), "--data", os.path.join(directory, "data")],
                              stdout=subprocess.PIPE, text=True)
    assert "AWS_ENDPOINT_URL=" in server.stdout.readline(), "the server did not start"
    return server


class Ledger:
    """What each thing may be: after an answer one value, while a request is open or was cut off the old one or the new."""

    def __init__(self):
        self.allowed, self.lock, self.acknowledged = {}, threading.Lock(), 0

    def change(self, key, value, call):
        """Makes a change by `call`, whose result is kept as the value when it gives one."""
        with self.lock:
            before = self.allowed.get(key, {None})
            self.allowed[key] = before | {value}
        made = call()
        with self.lock:
            self.allowed[key] = {value}
            self.acknowledged += 1
        return made

    def check(self, kind, key, found):
        allowed = self.allowed.get((kind, key), {None})
        assert found in allowed, f"seed {seed}: {kind} {key} is {str(found)[:80]!r}, may be {[str(x)[:80] for x in allowed]}"
        self.allowed[(kind, key)] = {found}


ledger = Ledger()
counter = iter(range(10**9))
ssm, s3, code, pipeline = client("ssm"), client("s3"), client("codecommit"), client("codepipeline")
deploys, sqs, iam, secrets = client("codedeploy"), client("sqs"), client("iam"), client("secretsmanager")
packages = client("codeartifact")
OWN = {"domain": "own", "repository": "kept", "format": "pypi"}
WORK = os.path.join(directory, "work")
ending = threading.Event()  # set before the server is killed
os.environ.update(
    GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0",
    **{f"GIT_{who}_{what}": "ann@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")})


class Gone(Exception):
    """The server did not answer."""


def parameters(pick):
    name = f"/k/{pick.randrange(20)}"
    if pick.random() < 0.3 and ledger.allowed.get(("parameter", name), {None}) != {None}:
        return ledger.change(("parameter", name), None, lambda: gone(ssm.delete_parameter, Name=name))
    value = str(next(counter))
    ledger.change(("parameter", name), value, lambda: ssm.put_parameter(
        Name=name, Value=value, Type="SecureString", Overwrite=True))


def gone(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        assert "NotFound" in error.response["Error"]["Code"], error


def objects(pick):
    key = f"k{pick.randrange(20)}"
    if pick.random() < 0.3:
        return ledger.change(("object", key), None, lambda: s3.delete_object(Bucket="kills", Key=key))
    value = f"{next(counter)}/".encode() * pick.choice([1, 100, 20000])
    ledger.change(("object", key), value, lambda: s3.put_object(Bucket="kills", Key=key, Body=value))


def commits(pick):
    """A file of a repository; the repository is made first, and deleted at times."""
    name = f"r{pick.randrange(4)}"
    try:
        if pick.random() < 0.1:
            return ledger.change(("file", name), None, lambda: code.delete_repository(repositoryName=name))
        value = f"{next(counter)}".encode()
        parent = {}
        try:
            parent = {"parentCommitId": code.get_branch(repositoryName=name, branchName="main")["branch"]["commitId"]}
        except ClientError as error:
            if error.response["Error"]["Code"] == "RepositoryDoesNotExistException":
                code.create_repository(repositoryName=name)
            else:
                assert error.response["Error"]["Code"] == "BranchDoesNotExistException", error
        ledger.change(("file", name), value, lambda: code.create_commit(
            repositoryName=name, branchName="main", putFiles=[{"filePath": "f", "fileContent": value}], **parent))
    except ClientError as error:
        raise AssertionError(error)


def applications(pick):
    name = f"a{pick.randrange(10)}"
    if ledger.allowed.get(("application", name)) == {"there"}:
        return ledger.change(("application", name), None, lambda: deploys.delete_application(applicationName=name))

    def create():
        try:
            deploys.create_application(applicationName=name)
            deploys.create_deployment_group(applicationName=name, deploymentGroupName="g", serviceRoleArn=ROLE)
        except deploys.exceptions.ApplicationAlreadyExistsException:
            if not deploys.list_deployment_groups(applicationName=name)["deploymentGroups"]:
                deploys.create_deployment_group(applicationName=name, deploymentGroupName="g", serviceRoleArn=ROLE)

    ledger.change(("application", name), "there", create)


def runs(pick):
    """Executions of a pipeline that asks: each is started, and some are answered."""
    name = next(counter)
    id = pipeline.start_pipeline_execution(name="asking")["pipelineExecutionId"]
    with ledger.lock:
        ledger.allowed[("execution", id)] = {"there"}
        ledger.acknowledged += 1
    time.sleep(pick.random() * 0.2)


def messages(pick):
    body = str(next(counter))
    ledger.change(("message", body), "there", lambda: sqs.send_message(QueueUrl=QUEUE, MessageBody=body))
    time.sleep(0.02)


def secret(pick):
    name = f"s{pick.randrange(5)}"
    value = str(next(counter))

    def put():
        try:
            secrets.put_secret_value(SecretId=name, SecretString=value)
        except secrets.exceptions.ResourceNotFoundException:
            secrets.create_secret(Name=name, SecretString=value)

    ledger.change(("secret", name), value, put)


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=WORK, capture_output=True, text=True)
    if done.returncode and ending.is_set():
        raise Gone
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def url():
    """The repository's, with a password as CodeCommit's credential helper signs it: without the port and a body's hash."""
    signer, request = SigV4Auth(Credentials("test", "test"), "codecommit", "us-east-1"), AWSRequest()
    request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    text = signer.string_to_sign(request, "GIT\n/v1/repos/pushed\n\nhost:127.0.0.1\n\nhost\n")
    password = f"{request.context['timestamp']}Z{signer.signature(text, request)}"
    return f"http://test:{password}@127.0.0.1:{port}/v1/repos/pushed"


def pushes(pick):
    """Branches that git itself pushes and takes away."""
    name = f"b{pick.randrange(4)}"
    if pick.random() < 0.2 and None not in ledger.allowed.get(("branch", name), {None}):
        return ledger.change(("branch", name), None, lambda: git("push", "-q", url(), f":{name}"))
    with open(os.path.join(WORK, "f"), "wb") as file:
        file.write(f"{next(counter)}/".encode() * pick.choice([1, 1000]) + pick.randbytes(pick.choice([0, 1 << 20])))
    git("add", "f")
    git("commit", "-q", "-m", name)
    commit = git("rev-parse", "HEAD").strip()
    ledger.change(("branch", name), commit, lambda: git("push", "-q", url(), f"HEAD:refs/heads/{name}"))


def send(path, body=None, kind=None):
    """What the index of packages answers."""
    headers = {"Authorization": "Basic " + base64.b64encode(b"aws:" + TOKEN.encode()).decode()}
    if kind:
        headers["Content-Type"] = kind
    try:
        return urllib.request.urlopen(urllib.request.Request(INDEX + path, body, headers)).read()
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException):
        if not ending.is_set():
            raise
        raise Gone


def published(pick):
    """A file of a package's version, sent as twine sends it; a version that is there is deleted."""
    name, version = f"p{pick.randrange(4)}", f"1.{pick.randrange(4)}"
    key = ("package", f"{name}-{version}")
    if None not in ledger.allowed.get(key, {None}):
        return ledger.change(key, None, lambda: packages.delete_package_versions(**OWN, package=name, versions=[version]))
    content = f"{next(counter)}/".encode() * pick.choice([1, 100, 20000])
    fields = {":action": "file_upload", "name": name, "version": version}
    body = b"".join(f'--XX\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
                    for field, value in fields.items())
    body += (f'--XX\r\nContent-Disposition: form-data; name="content"; filename="{name}-{version}.whl"\r\n\r\n'.encode()
             + content + b"\r\n--XX--\r\n")
    ledger.change(key, content, lambda: send("", body, "multipart/form-data; boundary=XX"))


WRITERS = [parameters, objects, commits, applications, runs, messages, secret, pushes, published]


def write(writer, seed, failures):
    pick = random.Random(seed)
    while True:
        try:
            writer(pick)
        except (BotoCoreError, Gone):
            return  # the server is gone
        except Exception as error:
            return failures.append((writer.__name__, repr(error)))


def optional(call, missing, **parameters):
    """The answer, or nothing when what it asks for is not there."""
    try:
        return call(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] in missing, error
        return None


def look():
    """Everything is as acknowledged, what lists and what reads agree, and no half of anything is there."""
    listed = {row["Name"] for page in ssm.get_paginator("get_parameters_by_path").paginate(Path="/k") for row in page["Parameters"]}
    for number in range(20):
        answer = optional(ssm.get_parameter, ["ParameterNotFound"], Name=f"/k/{number}", WithDecryption=True)
        ledger.check("parameter", f"/k/{number}", answer and answer["Parameter"]["Value"])
        assert (answer is not None) == (f"/k/{number}" in listed)
    listed = {row["Key"]: row["Size"] for row in s3.list_objects_v2(Bucket="kills").get("Contents", [])}
    for number in range(20):
        answer = optional(s3.get_object, ["NoSuchKey"], Bucket="kills", Key=f"k{number}")
        body = answer and answer["Body"].read()
        ledger.check("object", f"k{number}", body)
        assert listed.get(f"k{number}") == (None if body is None else len(body))
    repositories = {row["repositoryName"] for row in code.list_repositories()["repositories"]}
    for number in range(4):
        name = f"r{number}"
        answer = optional(code.get_file, ["RepositoryDoesNotExistException", "CommitDoesNotExistException",
                                          "FileDoesNotExistException", "BranchDoesNotExistException"],
                          repositoryName=name, filePath="f")
        ledger.check("file", name, answer and answer["fileContent"])
        if name in repositories:  # it takes what a new one takes
            branch = optional(code.get_branch, ["BranchDoesNotExistException"], repositoryName=name, branchName="main")
            assert (branch is None) == (answer is None), (name, branch)
        else:
            assert answer is None, name
    applications = set(deploys.list_applications()["applications"])
    for number in range(10):
        name = f"a{number}"
        if ledger.allowed.get(("application", name), {None}) == {"there"}:
            assert deploys.list_deployment_groups(applicationName=name)["deploymentGroups"] == ["g"], name
        ledger.check("application", name, "there" if name in applications and (
            deploys.list_deployment_groups(applicationName=name)["deploymentGroups"]) else None)
    pages = pipeline.get_paginator("list_pipeline_executions").paginate(pipelineName="asking")
    found = {row["pipelineExecutionId"]: row["status"] for page in pages for row in page["pipelineExecutionSummaries"]}
    wanted = [id for kind, id in ledger.allowed if kind == "execution"]
    missing = [id for id in wanted if id not in found]
    assert not missing, f"seed {seed}: executions {missing}"
    for number in range(5):
        answer = optional(secrets.get_secret_value, ["ResourceNotFoundException"], SecretId=f"s{number}")
        ledger.check("secret", f"s{number}", answer and answer["SecretString"])
    heads = dict(reversed(line.split("\t")) for line in git("ls-remote", "--heads", url()).splitlines())
    for number in range(4):
        ledger.check("branch", f"b{number}", heads.get(f"refs/heads/b{number}"))
    # All that the branches hold is there: git takes it as a whole, into a repository that has nothing of it.
    with tempfile.TemporaryDirectory(dir=directory) as copy:
        git("init", "-q", "--bare", copy)
        git("-C", copy, "fetch", "-q", url(), "refs/heads/*:refs/heads/*")
    there = {f"{package['package']}-{row['version']}" for package in packages.list_packages(**OWN)["packages"]
             for row in packages.list_package_versions(**OWN, package=package["package"])["versions"]}
    for name in [f"p{package}-1.{version}" for package in range(4) for version in range(4)]:
        package, version = name.split("-")
        body = send(f"simple/{package}/{version}/{name}.whl") if name in there else None
        ledger.check("package", name, body)
    # What nothing names any more went at the start. (A repository may be there before it is made: it takes what a new one takes.)
    kept = os.path.join(directory, "data")
    files, folders = (len(os.listdir(os.path.join(kept, name))) for name in ("codeartifact", "codecommit"))
    assert files == len(there) and folders <= len(repositories), (files, there, folders, repositories)
    # The latest execution comes to its approval, the ones before it end or wait: nothing stands still.
    state = eventually(lambda: settled(found))
    answer_it(state)
    got = set()
    while rows := sqs.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", []):
        for row in rows:
            got.add(row["Body"])
            sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=row["ReceiptHandle"])
    for kind, body in list(ledger.allowed):
        if kind == "message":
            ledger.check("message", body, "there" if body in got else None)
            del ledger.allowed[(kind, body)]


def settled(found):
    """The open approval's action, once there is one and no source action runs; nothing was started: True."""
    if not found:
        return True
    stages = pipeline.get_pipeline_state(name="asking")["stageStates"]
    action = stages[1]["actionStates"][0].get("latestExecution", {})
    return action if action.get("status") == "InProgress" and action.get("token") else None


def answer_it(action):
    if action is not True:
        pipeline.put_approval_result(pipelineName="asking", stageName="Approval", actionName="Ask", token=action["token"],
                                     result={"summary": "", "status": "Approved"})


server = start()
try:
    import pipelines

    ROLE = iam.create_role(RoleName="deploys", AssumeRolePolicyDocument=trust("codedeploy.amazonaws.com"))["Role"]["Arn"]
    QUEUE = sqs.create_queue(QueueName="kills")["QueueUrl"]
    s3.create_bucket(Bucket="kills")
    s3.put_object(Bucket="sources", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
    code.create_repository(repositoryName="pushed")
    subprocess.run(["git", "init", "-q", WORK], check=True)
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("push", "-q", url(), "HEAD:refs/heads/main")  # the first one is the default, which cannot be deleted
    packages.create_domain(domain="own")
    packages.create_repository(domain="own", repository="kept")
    TOKEN = packages.get_authorization_token(domain="own")["authorizationToken"]
    INDEX = packages.get_repository_endpoint(**OWN)["repositoryEndpoint"]
    pipelines.create("asking", pipelines.source(), pipelines.approval(), pipelines.deploy())
    for number in range(rounds):
        failures, before = [], ledger.acknowledged
        threads = [threading.Thread(target=write, args=(writer, draw.random(), failures)) for writer in WRITERS]
        for thread in threads:
            thread.start()
        time.sleep(draw.uniform(0.05, 3))
        ending.set()
        server.kill()
        server.wait()
        for thread in threads:
            thread.join()
        assert not failures, f"seed {seed}: {failures}"
        ending.clear()
        server = start()
        look()
        print(f"round {number}: {ledger.acknowledged - before} acknowledged, all there", flush=True)
    assert ledger.acknowledged > 0
finally:
    server.kill()
    server.wait()
