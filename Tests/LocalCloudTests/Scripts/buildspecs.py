"""Parts of a buildspec: keys of caches, users, the place of artifacts, git's credentials, and what is told of or refused."""
from bundles import *

build, logs, iam = client("codebuild"), client("logs"), client("iam")
role = iam.create_role(RoleName="build", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))
for bucket in ("sources", "results"):
    s3.create_bucket(Bucket=bucket)


def run(spec, files={}, project="one", **settings):
    """A finished build, and its log."""
    s3.put_object(Bucket="sources", Key=project, Body=bundle({"buildspec.yml": json.dumps({"version": 0.2, **spec}), **files}))
    details = dict(
        name=project, source={"type": "S3", "location": f"sources/{project}"}, serviceRole=role,
        artifacts=settings.get("artifacts", {"type": "NO_ARTIFACTS"}), cache=settings.get("cache", {"type": "NO_CACHE"}),
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
    (build.update_project if project in build.list_projects()["projects"] else build.create_project)(**details)
    id = build.start_build(projectName=project)["build"]["id"]
    done = eventually(lambda: next((one for one in build.batch_get_builds(ids=[id])["builds"] if one["buildComplete"]), None))
    events = logs.get_log_events(logGroupName=done["logs"]["groupName"], logStreamName=done["logs"]["streamName"],
                                 startFromHead=True)["events"]
    return done, [event["message"].rstrip("\n") for event in events]


def cached(word, lock, kind={"type": "S3", "location": "results/caches", "cacheNamespace": "shared"}, project="one", **cache):
    """What a build found in its cache before it put a word there."""
    commands = ["cat kept/word 2>/dev/null | sed 's/^/found /' || true", f"mkdir -p kept && echo {word} > kept/word"]
    done, log = run({"phases": {"build": {"commands": commands}}, "cache": {"paths": ["kept/**/*"], **cache}},
                    {"package-lock.json": lock, "sub/package-lock.json": lock}, project, cache=kind)
    assert done["buildStatus"] == "SUCCEEDED", log
    return next((line[6:] for line in log if line.startswith("found ")), None)


KEY = {"key": "npm-$(codebuild-hash-files '**/package-lock.json')"}
LOCAL = {"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]}
for kind in ({}, {"kind": LOCAL}):
    # A key is worked out by the shell; what is saved under it stays, for every project that has the same place.
    assert cached("first", "1", **KEY, **kind) is None
    assert cached("second", "1", **KEY, **kind) == "first"
    assert cached("third", "1", **KEY, **kind) == "first"
    saved = int(time.time())  # S3 tells the ages of objects in whole seconds
    eventually(lambda: int(time.time()) > saved)
    assert cached("other", "2", **KEY, **kind) is None
    # The newest cache whose key begins so, where there is none of the key itself.
    assert cached("new", "3", **KEY, **kind, **{"fallback-keys": ["none-", "npm-"]}) == "other"
    # Without a key the last build's.
    assert cached("a", "1", **kind) is None
    assert cached("b", "1", **kind) == "a"
    assert cached("c", "1", action="restore", **kind) == "b"
    assert cached("d", "1", action="save", **kind) is None
    assert cached("e", "1", **kind) == "d"
assert cached("later", "1", project="two", **KEY) == "first"
done, log = run({"cache": {"action": "keep", "paths": ["a"]}})
assert done["phases"][3]["contexts"][0]["message"] == "Invalid cache action keep, expected save or restore", done["phases"]

# Each phase as its user, with the variables of the phases before.
who = "echo \"$STEP $HOME $USER\""
done, log = run({"run-as": "nobody", "phases": {
    "install": {"run-as": "root", "commands": ["export STEP=one", who]}, "build": {"commands": [who, "STEP=two"]},
    "post_build": {"run-as": "root", "commands": [who, "cd /tmp"], "finally": ["pwd", "getent passwd nobody | cut -d : -f 6"]}}})
assert done["buildStatus"] == "SUCCEEDED", log
said = [line for line in log if not line.startswith("[Container]")]
assert said == ["one /root root", f"one {said[-1]} nobody", "two /root root", "/tmp", said[-1]] and said[-1] != "/root", said
done, log = run({"phases": {"build": {"run-as": "who-is-this", "commands": ["echo in vain"], "finally": ["echo in vain"]}}})
phase = next(row for row in done["phases"] if row["phaseType"] == "BUILD")
assert phase["phaseStatus"] == "FAILED" and "no such user" in phase["contexts"][0]["message"], phase
assert "in vain" not in log, log

# With the build's id in the path, the buildspec's prefix stands before it.
target = {"type": "S3", "location": "results", "path": "project", "namespaceType": "BUILD_ID", "name": "out.zip", "packaging": "ZIP"}
for prefix in (None, "from/buildspec"):
    section = {"files": ["a.txt"], **({"s3-prefix": prefix} if prefix else {})}
    done, log = run({"phases": {"build": {"commands": ["echo a > a.txt"]}}, "artifacts": section}, artifacts=target)
    id = done["id"].split(":")[1]
    assert done["artifacts"]["location"] == f"arn:aws:s3:::results/{prefix or 'project'}/{id}/out.zip", done["artifacts"]
    s3.head_object(Bucket="results", Key=f"{prefix or 'project'}/{id}/out.zip")

# Git's credential helper: repositories of CodeCommit by AWS's own name for them, to read and to write, with the role's permissions.
code = client("codecommit")
code.create_repository(repositoryName="shared")
code.put_file(repositoryName="shared", branchName="main", filePath="word", fileContent=b"from the other repository\n")
clone = ["git clone -q https://git-codecommit.us-east-1.amazonaws.com/v1/repos/shared /tmp/shared", "cat /tmp/shared/word"]
push = ["cd /tmp/shared", "echo by the build > word", "git -c user.name=b -c user.email=b@b commit -qam build", "git push -q"]
done, log = run({"env": {"git-credential-helper": "yes"}, "phases": {"build": {"commands": clone + push}}})
assert done["buildStatus"] == "SUCCEEDED", log
assert "from the other repository" in log, log
assert code.get_file(repositoryName="shared", filePath="word")["fileContent"] == b"by the build\n"
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(
    allow("*"), {"Effect": "Deny", "Action": "codecommit:GitPush", "Resource": "*"}))
push[1] = "echo once more > word"
done, log = run({"env": {"git-credential-helper": "yes"}, "phases": {"build": {"commands": clone + push}}})
assert done["buildStatus"] == "FAILED" and "from the other repository" not in log and "by the build" in log, log
iam.put_role_policy(RoleName="build", PolicyName="p", PolicyDocument=policy(allow("*")))

# What a build here cannot do it is told of; what CodeBuild does not know it refuses.
done, log = run({"proxy": {"upload-artifacts": "yes", "logs": "no"},
                 "phases": {"install": {"runtime-versions": {"python": "3.11", "php": "8.3"}}}})
assert done["buildStatus"] == "SUCCEEDED", log
assert any(line.endswith("proxy: upload-artifacts changes nothing: the local cloud has no explicit proxy") for line in log), log
at = next(at for at, line in enumerate(log) if "Runtime 'python' version '3.11' was asked for" in line)
assert log[at + 1].startswith("Python 3."), log
for words, spec in {
    "Unknown runtime named 'cobol'. This build image has the following runtimes:":
        {"phases": {"install": {"runtime-versions": {"cobol": "85"}}}},
    "Invalid value of git-credential-helper": {"env": {"git-credential-helper": "maybe"}},
    "Invalid key uploads of proxy": {"proxy": {"uploads": "yes"}},
}.items():
    done, log = run(spec)
    context = next(phase for phase in done["phases"] if phase["phaseType"] == "DOWNLOAD_SOURCE")["contexts"][0]
    assert context["statusCode"] == "YAML_FILE_ERROR" and words in context["message"], context

# A build by itself does not look at how a batch would share its tests out; a batch says that it does not.
fanned = {"batch": {"build-fanout": {"parallelism": 2}}, "phases": {"build": {"commands": ["echo whole"]}}}
done, log = run(fanned)
assert done["buildStatus"] == "SUCCEEDED" and "whole" in log, log
build.update_project(name="one", buildBatchConfig={"serviceRole": role}, source={
    "type": "NO_SOURCE", "buildspec": json.dumps({"version": 0.2, **fanned}, indent=1)})
words = refused("InvalidInputException", build.start_build_batch, projectName="one")
assert "build-fanout is not built into the local cloud" in words, words
