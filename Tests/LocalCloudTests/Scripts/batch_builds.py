"""Batch builds: by themselves, and as actions of a pipeline."""
import io
import zipfile

from support import *

build, iam, s3, code, pipeline = (client(name) for name in ("codebuild", "iam", "s3", "codecommit", "codepipeline"))
roles = {}
for name in ("codebuild", "codepipeline"):
    roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{name}.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allow("*")))
s3.create_bucket(Bucket="artifacts")
SPEC = """
version: 0.2
batch:
  fast-fail: false
  build-graph:
    - identifier: one
      env: {variables: {WHAT: first}}
    - identifier: two
      env: {variables: {WHAT: second}}
      depend-on: [one]
    - identifier: three
      env: {variables: {WHAT: "%s"}}
      ignore-failure: %s
      depend-on: [two]
phases:
  build:
    commands:
      - test "$WHAT" != broken
      - mkdir -p out more
      - echo "$CODEBUILD_BATCH_BUILD_IDENTIFIER $WHAT" > "out/$CODEBUILD_BATCH_BUILD_IDENTIFIER.txt"
      - echo "$WHAT" > out/same.txt
      - echo "more of $WHAT" > more/notes.txt
artifacts:
  base-directory: out
  files: ["**/*"]
  secondary-artifacts:
    notes:
      base-directory: more
      files: ["*"]
"""


def spec(third="third", ignore="false"):
    return SPEC % (third, ignore)


def ended(id):
    return eventually(lambda: next((batch for batch in build.batch_get_build_batches(ids=[id])["buildBatches"]
                                    if batch["complete"]), None))


def project(name, source, artifacts=None, **more):
    build.create_project(
        name=name, source=source, artifacts=artifacts or {"type": "NO_ARTIFACTS"}, serviceRole=roles["codebuild"],
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"},
        **more)


# By themselves: in the graph's order, one build's failure ending what depends on it.
project("plain", {"type": "NO_SOURCE", "buildspec": spec()})
assert "buildBatchConfig" in refused("InvalidInputException", build.start_build_batch, projectName="plain")
build.update_project(name="plain", buildBatchConfig={"serviceRole": roles["codebuild"]})
refused("InvalidInputException", build.start_build_batch, projectName="plain", buildspecOverride="version: 0.2\nphases: {}\n")
circle = spec().replace("depend-on: [one]", "depend-on: [three]")
assert "circle" in refused("InvalidInputException", build.start_build_batch, projectName="plain", buildspecOverride=circle)
first = build.start_build_batch(projectName="plain", idempotencyToken="once")["buildBatch"]
assert build.start_build_batch(projectName="plain", idempotencyToken="once")["buildBatch"]["id"] == first["id"]
assert "token" in refused("InvalidInputException", build.start_build_batch, projectName="plain", idempotencyToken="once",
                          sourceVersion="x")
done = ended(first["id"])
assert done["buildBatchStatus"] == "SUCCEEDED" and done["buildBatchNumber"] == 1, done
assert [(group["identifier"], group["currentBuildSummary"]["buildStatus"]) for group in done["buildGroups"]] == [
    ("one", "SUCCEEDED"), ("two", "SUCCEEDED"), ("three", "SUCCEEDED")]
builds = build.batch_get_builds(ids=[group["currentBuildSummary"]["arn"] for group in done["buildGroups"]])["builds"]
assert [one["buildBatchArn"] for one in builds] == [done["arn"]] * 3
by_time = sorted(builds, key=lambda one: one["startTime"])
assert [one["endTime"] <= other["startTime"] for one, other in zip(by_time, by_time[1:])] == [True, True]
failing = build.start_build_batch(
    projectName="plain", buildspecOverride=spec().replace("WHAT: first", "WHAT: broken"))["buildBatch"]["id"]
done = ended(failing)
assert done["buildBatchStatus"] == "FAILED" and [
    group.get("currentBuildSummary", {}).get("buildStatus") for group in done["buildGroups"]] == ["FAILED", None, None], done
larger = build.start_build_batch(projectName="plain", buildspecOverride=spec().replace(
    "env: {variables: {WHAT: first}}", "env: {compute-type: BUILD_GENERAL1_LARGE, privileged-mode: true, variables: {WHAT: first}}"))
groups = ended(larger["buildBatch"]["id"])["buildGroups"]
environments = [build.batch_get_builds(ids=[group["currentBuildSummary"]["arn"]])["builds"][0]["environment"] for group in groups]
assert [(one["computeType"], one["privilegedMode"]) for one in environments[:2]] == [
    ("BUILD_GENERAL1_LARGE", True), ("BUILD_GENERAL1_SMALL", False)], environments
ignoring = build.start_build_batch(projectName="plain", buildspecOverride=spec("broken", "true"))["buildBatch"]["id"]
assert ended(ignoring)["buildBatchStatus"] == "SUCCEEDED"
slow = build.start_build_batch(
    projectName="plain", buildspecOverride=spec().replace("mkdir -p", "sleep 600; mkdir -p"))["buildBatch"]["id"]
eventually(lambda: "currentBuildSummary" in build.batch_get_build_batches(ids=[slow])["buildBatches"][0]["buildGroups"][0])
build.stop_build_batch(id=slow)
done = ended(slow)
assert done["buildBatchStatus"] == "STOPPED" and "currentBuildSummary" not in done["buildGroups"][1], done
assert build.list_build_batches_for_project(projectName="plain")["ids"] == [slow, ignoring, larger["buildBatch"]["id"], failing, first["id"]]
assert build.delete_build_batch(id=first["id"])["buildsDeleted"] and build.batch_get_build_batches(ids=[first["id"]])[
    "buildBatchesNotFound"] == [first["id"]]

# Another try of one that failed: the builds that failed, or all; those of earlier tries are told.
ssm = client("ssm")
ssm.put_parameter(Name="/go", Type="String", Value="no")
waiting = "env:\n  parameter-store: {GO: /go}\n" + spec().replace(
    'test "$WHAT" != broken', 'test "$WHAT" != second || test "$GO" = yes')
again = build.start_build_batch(projectName="plain", buildspecOverride=waiting)["buildBatch"]["id"]
done = ended(again)
assert done["buildBatchStatus"] == "FAILED", done
kept, lost = (group["currentBuildSummary"]["arn"] for group in done["buildGroups"][:2])
ssm.put_parameter(Name="/go", Type="String", Value="yes", Overwrite=True)
retried = build.retry_build_batch(id=again, retryType="RETRY_FAILED_BUILDS", idempotencyToken="r")["buildBatch"]
assert retried["id"] == again and not retried["complete"] and "currentBuildSummary" not in retried["buildGroups"][1], retried
assert build.retry_build_batch(id=again, retryType="RETRY_FAILED_BUILDS", idempotencyToken="r")["buildBatch"]["id"] == again
done = ended(again)
groups = done["buildGroups"]
assert done["buildBatchStatus"] == "SUCCEEDED" and groups[0]["currentBuildSummary"]["arn"] == kept, done
assert groups[1]["priorBuildSummaryList"] == [{"arn": lost, "buildStatus": "FAILED"}], groups
assert groups[1]["currentBuildSummary"]["arn"] != lost and "priorBuildSummaryList" not in groups[2], groups
assert "failed" in refused("InvalidInputException", build.retry_build_batch, id=again)
build.retry_build_batch(id=failing, retryType="RETRY_ALL_BUILDS")
done = ended(failing)
assert done["buildBatchStatus"] == "FAILED" and len(done["buildGroups"][0]["priorBuildSummaryList"]) == 1, done
refused("ResourceNotFoundException", build.retry_build_batch, id="plain:00000000-0000-0000-0000-000000000000")

# The same with a single build: one token, one build.
project("single", {"type": "NO_SOURCE", "buildspec": "version: 0.2\nphases: {build: {commands: [true]}}\n"})
ids = {build.start_build(projectName="single", idempotencyToken="t")["build"]["id"] for _ in range(3)}
assert len(ids) == 1 and build.list_builds_for_project(projectName="single")["ids"] == list(ids)
refused("InvalidInputException", build.start_build, projectName="single", idempotencyToken="t", sourceVersion="x")

# In pipelines: artifacts of single builds by IDENTIFIER and IDENTIFIER_NAME, or all of them in one.
code.create_repository(repositoryName="app")
head = code.create_commit(repositoryName="app", branchName="main", putFiles=[
    {"filePath": "buildspec.yml", "fileContent": spec().encode()}])["commitId"]
project("piped", {"type": "CODEPIPELINE"}, {"type": "CODEPIPELINE"}, buildBatchConfig={"serviceRole": roles["codebuild"]})


def action(name, category, provider, configuration, inputs=(), outputs=()):
    return {"name": name, "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration, "inputArtifacts": [{"name": name} for name in inputs],
            "outputArtifacts": [{"name": name} for name in outputs]}


batch = {"ProjectName": "piped", "BatchEnabled": "true"}
pipeline.create_pipeline(pipeline={
    "name": "pipe", "pipelineType": "V2", "roleArn": roles["codepipeline"],
    "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": [
        {"name": "Source", "actions": [action("Source", "Source", "CodeCommit", {
            "RepositoryName": "app", "BranchName": "main", "PollForSourceChanges": "false"}, outputs=["Src"])]},
        {"name": "Build", "actions": [
            action("Apart", "Build", "CodeBuild", batch, ["Src"], ["one", "two_notes"]),
            action("Together", "Build", "CodeBuild", {**batch, "CombineArtifacts": "true"}, ["Src"], ["All"])]}]})


def run_ended(id=None):
    def look():
        rows = pipeline.list_pipeline_executions(pipelineName="pipe")["pipelineExecutionSummaries"]
        row = rows[0] if id is None else next(row for row in rows if row["pipelineExecutionId"] == id)
        return row if row["status"] in ("Succeeded", "Failed") else None
    return eventually(look)


def actions(id):
    return {row["actionName"]: row for row in pipeline.list_action_executions(
        pipelineName="pipe", filter={"pipelineExecutionId": id})["actionExecutionDetails"]}


def files(row, name):
    place = next(one["s3location"] for one in row["output"]["outputArtifacts"] if one["name"] == name)
    content = s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode().strip() for name in archive.namelist() if not name.endswith("/")}


execution = run_ended()
rows = actions(execution["pipelineExecutionId"])
assert execution["status"] == "Succeeded", rows
assert files(rows["Apart"], "one") == {"one.txt": "one first", "same.txt": "first"}
assert files(rows["Apart"], "two_notes") == {"notes.txt": "more of second"}
assert files(rows["Together"], "All") == {
    "one.txt": "one first", "two.txt": "two second", "three.txt": "three third", "same.txt": "third"}
code.create_commit(repositoryName="app", branchName="main", parentCommitId=head, putFiles=[
    {"filePath": "buildspec.yml", "fileContent": spec("broken").encode()}])
id = pipeline.start_pipeline_execution(name="pipe")["pipelineExecutionId"]
assert run_ended(id)["status"] == "Failed"
result = actions(id)["Together"]["output"]["executionResult"]
assert result["errorDetails"]["code"] == "JobFailed" and "three" in result["errorDetails"]["message"], result
