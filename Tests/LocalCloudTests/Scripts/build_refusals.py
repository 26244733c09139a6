"""What CodeBuild refuses with InvalidInputException; nothing is created or changed by what is refused."""
from support import *

build, iam = client("codebuild"), client("iam")
raw = boto3.client("codebuild", region_name="us-east-1", config=Config(parameter_validation=False))
ROLE = iam.create_role(RoleName="codebuild", AssumeRolePolicyDocument=trust("codebuild.amazonaws.com"))["Role"]["Arn"]
iam.put_role_policy(RoleName="codebuild", PolicyName="p", PolicyDocument=policy(allow("*")))
SPEC = {"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {build: {commands: [true]}}\n"}


def project(name="app", **more):
    return {"name": name, "serviceRole": ROLE, "source": SPEC, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": {
        "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}, **more}


def invalid(words, call, **given):
    message = refused("InvalidInputException", call, status=400, **given)
    assert words in message, message


def not_created(words, **more):
    """Refused of a new project, and as a change of one that exists; neither leaves a trace."""
    invalid(words, raw.create_project, **project("refused", **more))
    assert build.batch_get_projects(names=["refused"])["projectsNotFound"] == ["refused"]
    before = build.batch_get_projects(names=["app"])["projects"]
    invalid(words, raw.update_project, name="app", **more)
    assert build.batch_get_projects(names=["app"])["projects"] == before


build.create_project(**project(tags=[{"key": "\u00e4 of _.:/=@+-", "value": ""}]))

# Tags.
for words, tags in (("more than once", [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]),
                    ("reserved", [{"key": "Aws:a", "value": "1"}]), ("a;b", [{"key": "a;b", "value": ""}]),
                    ("at most 50", [{"key": f"k{n}", "value": ""} for n in range(51)]), ("at most 127", [{"key": "k" * 128, "value": ""}])):
    not_created(words, tags=tags)

# Sources and artifacts beside the first.
def sources(*identifiers, **more):
    return [{"type": "S3", "location": "b/k.zip", "sourceIdentifier": one, **more} for one in identifiers]


def artifacts(*identifiers, **more):
    return [{"type": "S3", "location": "b", "artifactIdentifier": one, **more} for one in identifiers]


OTHERS = [("given twice", "secondarySources", sources("a", "b", "a")), ("less than 128", "secondarySources", sources("a-b")),
          ("less than 128", "secondarySources", sources("a" * 128)), ("at most 12", "secondarySources", sources(*map(str, range(13)))),
          ("sourceType CODEPIPELINE is not allowed", "secondarySources", sources("a", type="CODEPIPELINE")),
          ("reportBuildStatus", "secondarySources", sources("a", reportBuildStatus=True)),
          ("given twice", "secondaryArtifacts", artifacts("a", "a")), ("less than 128", "secondaryArtifacts", [{"type": "S3", "location": "b"}]),
          ("artifactType CODEPIPELINE is not allowed", "secondaryArtifacts", artifacts("a", type="CODEPIPELINE")),
          ("location is required", "secondaryArtifacts", artifacts("a", location="")),
          ("location is required for cache type S3", "cache", {"type": "S3"}), ("at least one mode", "cache", {"type": "LOCAL"}),
          ("location is required when s3Logs", "logsConfig", {"s3Logs": {"status": "ENABLED"}})]
for words, member, value in OTHERS:
    not_created(words, **{member: value})
    invalid(words, raw.start_build, projectName="app", **{f"{member}Override": value})
for words, more in (("Source location is required", {"sourceTypeOverride": "S3"}),
                    ("location is required for artifact type S3", {"artifactsOverride": {"type": "S3"}}),
                    ("buildspec is required", {"buildspecOverride": ""}), ("must both be CODEPIPELINE", {"artifactsOverride": {"type": "CODEPIPELINE"}}),
                    ("reportBuildStatus is not supported", {"reportBuildStatusOverride": True}),
                    ("at least 5", {"timeoutInMinutesOverride": 4})):
    invalid(words, raw.start_build, projectName="app", **more)
assert not build.list_builds()["ids"]
not_created("reportBuildStatus is not supported for source type NO_SOURCE", source={**SPEC, "reportBuildStatus": True})
not_created("encryptionDisabled can only be set", artifacts={"type": "NO_ARTIFACTS", "encryptionDisabled": True})
not_created("takes imagePullCredentialsType CODEBUILD", environment={**project()["environment"], "imagePullCredentialsType": "SERVICE_ROLE"})
build.update_project(name="app", cache={"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]}, secondarySources=sources("a", "b_2"),
                     secondaryArtifacts=artifacts("a", encryptionDisabled=True), artifacts={"type": "NO_ARTIFACTS", "encryptionDisabled": False})

# A setting of the project's source is not one of the source that a build has in its place.
build.create_project(**project("forge", source={"type": "GITHUB", "location": "https://example.com/a.git", "reportBuildStatus": True}))
started = build.start_build(projectName="forge", sourceTypeOverride="NO_SOURCE", buildspecOverride=SPEC["buildspec"])["build"]
assert started["source"]["type"] == "NO_SOURCE" and "reportBuildStatus" not in started["source"], started
build.stop_build(id=started["id"])

# Numbers and lengths.
for words, more in (("at least 5", {"timeoutInMinutes": 4}), ("at most 2160", {"timeoutInMinutes": 2161}),
                    ("at most 480", {"queuedTimeoutInMinutes": 481}), ("at most 255", {"description": "d" * 256})):
    not_created(words, **more)
invalid("at least 2", raw.create_project, **project("p"))
invalid("at most 150", raw.create_project, **project("p" * 151))
for call, member in ((raw.batch_get_projects, "names"), (raw.batch_get_builds, "ids"), (raw.batch_delete_builds, "ids"),
                     (raw.batch_get_build_batches, "ids"), (raw.batch_get_report_groups, "reportGroupArns"), (raw.batch_get_reports, "reportArns")):
    invalid("at most 100", call, **{member: [f"a{n}" for n in range(101)]})
    call(**{member: [f"a{n}" for n in range(100)]})
invalid("at least 1", raw.batch_get_builds, ids=[])
for call in (build.list_projects, build.list_builds, build.list_report_groups, build.list_reports, build.list_build_batches):
    invalid("token", call, nextToken="x")

# Report groups.
NONE, NOWHERE = {"exportConfigType": "NO_EXPORT"}, {"exportConfigType": "S3"}
SOMEWHERE = {**NOWHERE, "s3Destination": {"bucket": "b"}}
group = build.create_report_group(name="group", type="TEST", exportConfig=NONE)["reportGroup"]
for words, more in (("s3Destination", {"exportConfig": NOWHERE}), ("s3Destination", {"exportConfig": {**NOWHERE, "s3Destination": {}}}),
                    ("more than once", {"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]})):
    invalid(words, build.create_report_group, **{"name": "refused", "type": "TEST", "exportConfig": NONE, **more})
    invalid(words, build.update_report_group, arn=group["arn"], **more)
assert build.list_report_groups()["reportGroups"] == [group["arn"]]
assert build.update_report_group(arn=group["arn"], exportConfig=SOMEWHERE)["reportGroup"]["exportConfig"] == SOMEWHERE
report = group["arn"].replace("report-group", "report") + ":x"
for kind, arns, calls in (
        ("report ARN", ("zz", group["arn"], "arn:aws:codebuild:us-east-1:123456789012:report/"), [
            (build.describe_test_cases, "reportArn"), (build.delete_report, "arn")]),
        ("report group ARN", ("group", report), [
            (build.update_report_group, "arn"), (build.delete_report_group, "arn"), (build.list_reports_for_report_group, "reportGroupArn")])):
    for arn in arns:
        for call, member in calls:
            invalid(f"Invalid {kind}: {arn}", call, **{member: arn})
refused("ResourceNotFoundException", build.describe_test_cases, reportArn=report)
build.delete_report(arn=report)
