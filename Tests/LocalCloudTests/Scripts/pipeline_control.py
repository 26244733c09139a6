"""What steers pipelines: approvals, transitions, stop, retry, rollback, the execution modes, triggers, tags."""
import re

from pipelines import *

EMPTY = b"PK\x05\x06" + bytes(18)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
version = s3.put_object(Bucket="sources", Key="app.zip", Body=EMPTY)["VersionId"]


def start(name, **more):
    return pipeline.start_pipeline_execution(name=name, **more)["pipelineExecutionId"]


def stop(name, id, **more):
    return pipeline.stop_pipeline_execution(pipelineName=name, pipelineExecutionId=id, **more)


def retry(name, stage, id, mode="FAILED_ACTIONS"):
    return pipeline.retry_stage_execution(pipelineName=name, stageName=stage, pipelineExecutionId=id, retryMode=mode)


def roll_back(name, stage, target):
    return pipeline.rollback_stage(pipelineName=name, stageName=stage, targetPipelineExecutionId=target)["pipelineExecutionId"]


# The state at every moment: what is absent is absent.
first = create("the-name-of-a-long-pipeline", source(), approval(), deploy())
name = "the-name-of-a-long-pipeline"
open_token = token(name)
state = {row["stageName"]: row for row in pipeline.get_pipeline_state(name=name)["stageStates"]}
assert UUID.match(open_token)
assert all(row["inboundTransitionState"] == {"enabled": True} for row in state.values()), state
assert "latestExecution" not in state["Deploy"] and set(state["Deploy"]["actionStates"][0]) == {"actionName", "entityUrl"}, state
assert not any(key.startswith("inboundExecution") for row in state.values() for key in row), state
taken = state["Source"]["actionStates"][0]
assert taken["currentRevision"]["revisionId"] == version and taken["latestExecution"]["status"] == "Succeeded"
place = pipeline.list_action_executions(pipelineName=name)["actionExecutionDetails"][-1]["output"]["outputArtifacts"][0]["s3location"]
assert re.match(r"the-name-of-a-long-pi/Src/[A-Za-z0-9]{7}$|the-name-of-a-long-p/Src/[A-Za-z0-9]{7}$", place["key"]), place
assert len(place["key"].split("/")[0]) == 20

# A later one waits before the stage that is locked.
second = start(name)
waiting = eventually(lambda: stage("Approval", name).get("inboundExecution"))
assert waiting == {"pipelineExecutionId": second, "status": "InProgress", "type": "STANDARD"} and stage("Approval", name)["inboundExecutions"] == [waiting], stage("Approval", name)
third = start(name)
reaches(second, "Superseded", name)
refused("InvalidApprovalTokenException", answer, name, "00000000-0000-0000-0000-000000000000")
answer(name, open_token, summary="looks good")
asked = next(row for row in pipeline.list_action_executions(
    pipelineName=name, filter={"pipelineExecutionId": first})["actionExecutionDetails"] if row["actionName"] == "Ask")
assert asked["output"]["executionResult"]["externalExecutionSummary"] == "looks good", asked
reaches(first, "Succeeded", name)
refused("ApprovalAlreadyCompletedException", answer, name, open_token)
open_token = token(name, id=third)
row = stage("Deploy", name)["latestExecution"]
assert row == {"pipelineExecutionId": first, "status": "Succeeded", "type": "STANDARD"}, row  # the run before stands until the next one enters
answer(name, open_token, "Rejected")
reaches(third, "Failed", name)
last = stage("Approval", name)["actionStates"][0]["latestExecution"]
assert last["status"] == "Failed" and last["summary"] == f"Rejected by arn:aws:iam::{ACCOUNT}:root" and "token" not in last

# Transitions: closed ones hold, and the newest one goes on.
pipeline.disable_stage_transition(pipelineName=name, stageName="Deploy", transitionType="Inbound", reason="frozen")
shut = stage("Deploy", name)["inboundTransitionState"]
assert not shut["enabled"] and shut["disabledReason"] == "frozen" and shut["lastChangedBy"].endswith(":root") and shut["lastChangedAt"]
fourth = start(name)
answer(name, token(name, id=fourth))
eventually(lambda: stage("Deploy", name).get("inboundExecution", {}).get("pipelineExecutionId") == fourth)
fifth = start(name)
answer(name, token(name, id=fifth))
reaches(fourth, "Superseded", name)
pipeline.enable_stage_transition(pipelineName=name, stageName="Deploy", transitionType="Inbound")
reaches(fifth, "Succeeded", name)
refused("StageNotFoundException", pipeline.enable_stage_transition, pipelineName=name, stageName="No", transitionType="Inbound")

# Stop: at once with abandon; otherwise what runs goes on to its end.
sixth = start(name)
token(name, id=sixth)
stop(name, sixth, reason="no need")
row = pipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]
assert row["status"] == "Stopping" and row["stopTrigger"] == {"reason": "no need"}, row
refused("DuplicatedStopRequestException", stop, name, sixth)
stop(name, sixth, abandon=True)
reaches(sixth, "Stopped", name)
assert stage("Approval", name)["latestExecution"]["status"] == "Stopped"
assert stage("Approval", name)["actionStates"][0]["latestExecution"]["status"] == "Abandoned"
refused("PipelineExecutionNotStoppableException", stop, name, sixth)
refused("PipelineExecutionNotStoppableException", stop, name, "0" * 8 + "-0000-0000-0000-" + "0" * 12)

# Retry: the failed stage of the latest execution, with what failed or all of it.
broken = create("broken", source(), deploy(bucket="later"))
reaches(broken, "Failed", "broken")
details = stage("Deploy", "broken")["actionStates"][0]["latestExecution"]["errorDetails"]
assert details == {"code": "ConfigurationError", "message": "The specified bucket does not exist"}, details
refused("StageNotRetryableException", retry, "broken", "Source", broken)
s3.create_bucket(Bucket="later")
assert retry("broken", "Deploy", broken)["pipelineExecutionId"] == broken
reaches(broken, "Succeeded", "broken")
refused("StageNotRetryableException", retry, "broken", "Deploy", broken)
assert s3.get_object(Bucket="later", Key="app.zip")["Body"].read() == EMPTY

# Rollback: a new execution of one stage with the artifacts of an earlier one.
s3.put_object(Bucket="sources", Key="app.zip", Body=EMPTY + b"2")
newer = start("broken")
reaches(newer, "Succeeded", "broken")
assert s3.get_object(Bucket="later", Key="app.zip")["Body"].read() == EMPTY + b"2"
refused("UnableToRollbackStageException", roll_back, "broken", "Source", broken)
back = roll_back("broken", "Deploy", broken)
reaches(back, "Succeeded", "broken")
assert s3.get_object(Bucket="later", Key="app.zip")["Body"].read() == EMPTY
row = execution(back, "broken")
assert row["executionType"] == "ROLLBACK" and row["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": broken}
assert row["trigger"]["triggerType"] == "ManualRollback", row
refused("UnableToRollbackStageException", roll_back, "broken", "Deploy", back)
declared = pipeline.get_pipeline(name="broken")["pipeline"]
declared["stages"][1]["actions"][0]["configuration"]["ObjectKey"] = "other.zip"
assert pipeline.update_pipeline(pipeline=declared)["pipeline"]["version"] == 2
refused("PipelineExecutionOutdatedException", roll_back, "broken", "Deploy", newer)

# The other two modes. In line: all, one after the other. Side by side: each with a token of its own.
create("queued", source(), approval(), executionMode="QUEUED")
line = [pipeline.list_pipeline_executions(pipelineName="queued")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]]
token("queued")
line += [start("queued"), start("queued")]
eventually(lambda: [row["pipelineExecutionId"] for row in stage("Approval", "queued").get("inboundExecutions", [])] in (
    line[1:], line[:0:-1]))
for id in line:
    answer("queued", token("queued", id=id))
    reaches(id, "Succeeded", "queued")
create("parallel", source(), approval(), executionMode="PARALLEL")
runs = [pipeline.list_pipeline_executions(pipelineName="parallel")["pipelineExecutionSummaries"][0]["pipelineExecutionId"]]
runs += [start("parallel"), start("parallel")]


def own_token(id):
    rows = pipeline.list_action_executions(
        pipelineName="parallel", filter={"pipelineExecutionId": id})["actionExecutionDetails"]
    return next((row["output"]["executionResult"].get("externalExecutionId") for row in rows
                 if row["actionName"] == "Ask" and row["status"] == "InProgress"), None)


tokens = [eventually(lambda: own_token(id)) for id in runs]
assert len(set(tokens)) == 3 and all(UUID.match(one) for one in tokens)
for id, one in reversed(list(zip(runs, tokens))):
    answer("parallel", one)
    reaches(id, "Succeeded", "parallel")
refused("UnableToRollbackStageException", roll_back, "parallel", "Approval", runs[0])
one_at_a_time = {"stages": [source(), approval()], "executionMode": "QUEUED", "pipelineType": "V1"}
refused("InvalidStructureException", pipeline.create_pipeline, pipeline={
    "name": "old", "roleArn": ROLES["codepipeline"], "artifactStore": {"type": "S3", "location": "artifacts"}, **one_at_a_time})

# Triggers: created, by hand (a token starts once), polled, by an event.
def triggers(of):
    rows = pipeline.list_pipeline_executions(pipelineName=of)["pipelineExecutionSummaries"]
    return [row["trigger"]["triggerType"] for row in rows]


assert triggers("broken")[-1] == "CreatePipeline" and "StartPipelineExecution" in triggers("broken")
assert start("queued", clientRequestToken="a" * 32) == start("queued", clientRequestToken="a" * 32)
polled = create("polled", source("polled.zip", poll="true"), deploy())
reaches(polled, "Failed", "polled")  # there is no such object yet
s3.put_object(Bucket="sources", Key="polled.zip", Body=EMPTY)
eventually(lambda: triggers("polled")[0] == "PollForSourceChanges")

code, events = client("codecommit"), client("events")
code.create_repository(repositoryName="app")


def commit(text, **parent):
    return code.create_commit(repositoryName="app", branchName="main", authorName="Ann", commitMessage=f"to {text}", putFiles=[
        {"filePath": "a.txt", "fileContent": text.encode()}], **parent)["commitId"]


head = commit("one")
from_code = {"name": "Source", "actions": [action("Source", "Source", "CodeCommit", {
    "RepositoryName": "app", "BranchName": "main", "PollForSourceChanges": "false"}, outputs=["Src"], namespace="Src")]}
told = {"name": "Deploy", "actions": [action("Put", "Deploy", "S3", {
    "BucketName": "site", "Extract": "false", "ObjectKey": "#{Src.RepositoryName}-#{Src.BranchName}-#{Src.CommitId}"}, ["Src"])]}
reaches(create("pushed", from_code, told), "Succeeded", "pushed")
events.put_rule(Name="pushes", EventPattern=json.dumps({
    "source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
    "resources": [f"arn:aws:codecommit:us-east-1:{ACCOUNT}:app"],
    "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]}}))
events.put_targets(Rule="pushes", Targets=[
    {"Id": "p", "Arn": f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:pushed", "RoleArn": ROLES["events"]}])
head = commit("two", parentCommitId=head)
eventually(lambda: triggers("pushed")[0] == "CloudWatchEvent")
newest = pipeline.list_pipeline_executions(pipelineName="pushed")["pipelineExecutionSummaries"][0]
assert newest["trigger"]["triggerDetail"] == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/pushes", newest
reaches(newest["pipelineExecutionId"], "Succeeded", "pushed")
assert s3.head_object(Bucket="site", Key=f"app-main-{head}")
revision = execution(newest["pipelineExecutionId"], "pushed")["artifactRevisions"][0]
assert revision["revisionId"] == head and revision["revisionSummary"] == "to two", revision

# Tags, pages, waiting for nothing; what is gone is gone without a word.
arn = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:pushed"
pipeline.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
pipeline.untag_resource(resourceArn=arn, tagKeys=["a"])
assert pipeline.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
pages = list(pipeline.get_paginator("list_pipelines").paginate(PaginationConfig={"PageSize": 2}))
assert len(pages) == 3 and sum(len(page["pipelines"]) for page in pages) == 6 - 0, [len(page["pipelines"]) for page in pages]
pipeline.delete_pipeline(name="pushed")
pipeline.delete_pipeline(name="pushed")
refused("PipelineNotFoundException", pipeline.get_pipeline_state, name="pushed")
