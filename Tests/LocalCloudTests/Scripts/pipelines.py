"""What the scripts of pipelines share: a bucket, roles, a versioned source object, and pipelines over it."""
from support import *

pipeline, iam, s3 = client("codepipeline"), client("iam"), client("s3")
ROLES = {}
for name in ("codepipeline", "codebuild", "events"):
    ROLES[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"{name}.amazonaws.com"))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allow("*")))
for bucket in ("artifacts", "sources", "site"):
    s3.create_bucket(Bucket=bucket)
s3.put_bucket_versioning(Bucket="sources", VersioningConfiguration={"Status": "Enabled"})


def action(name, category, provider, configuration=None, inputs=(), outputs=(), **more):
    return {"name": name, "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration or {}, "inputArtifacts": [{"name": name} for name in inputs],
            "outputArtifacts": [{"name": name} for name in outputs], **more}


def source(key="app.zip", poll="false"):
    return {"name": "Source", "actions": [action("Source", "Source", "S3", {
        "S3Bucket": "sources", "S3ObjectKey": key, "PollForSourceChanges": poll}, outputs=["Src"], namespace="Src")]}


def approval(name="Approval", **more):
    return {"name": name, "actions": [action("Ask", "Approval", "Manual")], **more}


def deploy(name="Deploy", key="app.zip", bucket="site", **more):
    return {"name": name, "actions": [action("Put", "Deploy", "S3", {
        "BucketName": bucket, "Extract": "false", "ObjectKey": key}, ["Src"])], **more}


def create(name, *stages, **more):
    pipeline.create_pipeline(pipeline={
        "name": name, "pipelineType": "V2", "roleArn": ROLES["codepipeline"],
        "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": list(stages), **more})
    return pipeline.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["pipelineExecutionId"]


def stage(name, of):
    return next(row for row in pipeline.get_pipeline_state(name=of)["stageStates"] if row["stageName"] == name)


def execution(id, of):
    return pipeline.get_pipeline_execution(pipelineName=of, pipelineExecutionId=id)["pipelineExecution"]


def reaches(id, status, of):
    def look():
        now = execution(id, of)["status"]
        assert now == status or now not in ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"), (now, status)
        return now == status
    eventually(look)


def token(of, stage_name="Approval", id=None):
    """The token of the open approval, of one execution if it is given."""
    def look():
        row = stage(stage_name, of)
        if id and row.get("latestExecution", {}).get("pipelineExecutionId") != id:
            return None
        return row["actionStates"][0].get("latestExecution", {}).get("token")
    return eventually(look)


def answer(of, token, status="Approved", stage_name="Approval", summary=""):
    pipeline.put_approval_result(pipelineName=of, stageName=stage_name, actionName="Ask", token=token,
                                 result={"summary": summary, "status": status})
