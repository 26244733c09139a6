"""Approvals that nobody answers, on a manual clock: seven days, or the minutes that the action says."""
from pipelines import *

s3.put_object(Bucket="sources", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
week = create("week", source(), approval(), deploy())
soon = approval()
soon["actions"][0]["timeoutInMinutes"] = 5
minutes = create("minutes", source(), soon, deploy())
late = approval()
late["actions"][0]["timeoutInMinutes"] = 86401
assert "timeoutInMinutes" in refused("ValidationException", create, "wrong", source(), late)


def asked(of):
    return stage("Approval", of)["actionStates"][0]["latestExecution"]


def open_for(of, id, seconds):
    """The token of an approval that is open for so long and no longer."""
    found = token(of)
    advance(seconds - 60)
    assert asked(of)["token"] == found and execution(id, of)["status"] == "InProgress"
    advance(120)
    reaches(id, "Failed", of)
    return found


def check(of, id, found):
    latest = asked(of)
    assert latest["status"] == "Failed" and "token" not in latest and "lastUpdatedBy" not in latest, latest
    assert latest["errorDetails"]["message"] and latest["errorDetails"]["code"], latest
    row = stage("Approval", of)["latestExecution"]
    assert row == {"pipelineExecutionId": id, "status": "Failed", **{k: v for k, v in row.items() if k in ("type", "lastUpdatedAt")}}, row
    assert "latestExecution" not in stage("Deploy", of)
    refused("InvalidApprovalTokenException", answer, of, found)
    done = pipeline.list_action_executions(pipelineName=of, filter={"pipelineExecutionId": id})["actionExecutionDetails"]
    (row,) = [row for row in done if row["actionName"] == "Ask"]
    assert row["status"] == "Failed", row
    return latest["errorDetails"]


token("week")  # open before any time passes
print(check("minutes", minutes, open_for("minutes", minutes, 300)))
print(check("week", week, open_for("week", week, 7 * 86400 - 360)))
# Asked again, it has its whole time again.
pipeline.retry_stage_execution(pipelineName="minutes", stageName="Approval", pipelineExecutionId=minutes, retryMode="FAILED_ACTIONS")
found = token("minutes")
advance(240)
answer("minutes", found)
reaches(minutes, "Succeeded", "minutes")
