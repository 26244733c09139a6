"""Stage conditions: each kind of rule, each result, and letting an execution past them."""
from pipelines import *

s3.put_object(Bucket="sources", Key="app.zip", Body=b"PK\x05\x06" + bytes(18))
cloudwatch, build = client("cloudwatch"), client("codebuild")
cloudwatch.put_metric_alarm(AlarmName="errors", Namespace="App", MetricName="Errors", Statistic="Sum", Period=60,
                            EvaluationPeriods=1, Threshold=5, ComparisonOperator="GreaterThanThreshold")
build.create_project(
    name="check", source={"type": "CODEPIPELINE", "buildspec": "version: 0.2\nphases: {build: {commands: ['test \"$WANTED\" = yes']}}\n"},
    artifacts={"type": "CODEPIPELINE"}, serviceRole=ROLES["codebuild"],
    environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})


def rule(provider, configuration=None, name="rule", **more):
    return {"name": name, "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
            "configuration": configuration or {}, **more}


def condition(result, *rules):
    return {"conditions": [{"result": result, "rules": list(rules)}]}


def variable(operator, value, variable="#{Src.BucketName}"):
    return rule("VariableCheck", {"Variable": variable, "Operator": operator, "Value": value})


def wanted(value):
    return rule("CodeBuild", {"ProjectName": "check", "EnvironmentVariables": json.dumps(
        [{"name": "WANTED", "value": value, "type": "PLAINTEXT"}])}, inputArtifacts=[{"name": "Src"}])


# Every rule that is met and every one that is not, side by side before the same stage.
cases = {
    "eq": (variable("EQ", "sources"), True), "not-eq": (variable("EQ", "other"), False),
    "ne": (variable("NE", "other"), True), "not-ne": (variable("NE", "sources"), False),
    "contains": (variable("CONTAINS", "our"), True), "not-contains": (variable("CONTAINS", "x"), False),
    "matches": (variable("MATCHES", "s.*s"), True), "not-matches": (variable("MATCHES", "s"), False),
    "window": (rule("DeploymentWindow", {"Cron": "* * * * ? *"}), True),
    "no-window": (rule("DeploymentWindow", {"Cron": "0 0 1 1 ? 2020"}), False),
    "alarm": (rule("CloudWatchAlarm", {"AlarmName": "errors", "AlarmStates": "ALARM", "WaitTime": "1"}), True),
    "no-alarm": (rule("CloudWatchAlarm", {"AlarmName": "errors", "AlarmStates": "INSUFFICIENT_DATA", "WaitTime": "1"}), False),
    "commands": (rule("Commands", commands=["test 1 = 1", "ls"], inputArtifacts=[{"name": "Src"}]), True),
    "no-commands": (rule("Commands", commands=["exit 3"], inputArtifacts=[{"name": "Src"}]), False),
    "build": (wanted("yes"), True), "no-build": (wanted("no"), False),
}
ids = {name: create(name, source(), deploy(beforeEntry=condition("FAIL", one))) for name, (one, _) in cases.items()}
for name, (_, is_met) in cases.items():
    reaches(ids[name], "Succeeded" if is_met else "Failed", name)
    detail = pipeline.list_rule_executions(pipelineName=name)["ruleExecutionDetails"][0]
    assert detail["status"] == ("Succeeded" if is_met else "Failed") and detail["stageName"] == "Deploy", detail
    state = stage("Deploy", name)["beforeEntryConditionState"]
    assert state["latestExecution"]["status"] == ("Succeeded" if is_met else "Failed"), state
    rules = state["conditionStates"][0]["ruleStates"]
    assert rules[0]["ruleName"] == "rule" and rules[0]["latestExecution"]["status"] == detail["status"], rules
summary = stage("Deploy", "no-build")["beforeEntryConditionState"]["conditionStates"][0]["ruleStates"][0]["latestExecution"]
assert "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR" in summary["summary"], summary
assert summary["externalExecutionId"].startswith("check:")

# What is refused when it is declared.
for code, words, bad in (
        ("InvalidStageDeclarationException", "Weather", condition("FAIL", rule("Weather"))),
        ("ValidationException", "length less than or equal to 5", condition("FAIL", *[variable("EQ", "x")] * 6)),
        ("InvalidStageDeclarationException", "SKIP", condition("SKIP", rule("DeploymentWindow", {"Cron": "* * * * ? *"}))),
        ("InvalidStageDeclarationException", "RETRY", condition("RETRY", variable("EQ", "x")))):
    message = refused(code, create, "bad", source(), deploy(beforeEntry=bad))
    assert words in message, message

# A rule that cannot be checked at all: Errored.
errored = create("errored", source(), deploy(beforeEntry=condition("FAIL", rule("CloudWatchAlarm", {"AlarmName": "none"}))))
reaches(errored, "Failed", "errored")
assert stage("Deploy", "errored")["beforeEntryConditionState"]["latestExecution"]["status"] == "Errored"

# SKIP passes over the stage; the next one runs.
skipped = create("skip", source(), deploy("One", beforeEntry=condition("SKIP", variable("EQ", "other"))), deploy("Two"))
reaches(skipped, "Succeeded", "skip")
assert stage("One", "skip")["latestExecution"]["status"] == "Skipped"
assert stage("Two", "skip")["latestExecution"]["status"] == "Succeeded"

# Overridden: the execution goes on from where the condition ended it.
refused("ConditionNotOverridableException", pipeline.override_stage_condition, pipelineName="eq", stageName="Deploy",
        pipelineExecutionId=ids["eq"], conditionType="BEFORE_ENTRY")
pipeline.override_stage_condition(pipelineName="not-eq", stageName="Deploy", pipelineExecutionId=ids["not-eq"],
                                  conditionType="BEFORE_ENTRY")
reaches(ids["not-eq"], "Succeeded", "not-eq")
assert stage("Deploy", "not-eq")["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"

# After a stage: an alarm that is on rolls back to the run before; a failure retries by itself.
pipe = deploy(onSuccess=condition("ROLLBACK", rule("CloudWatchAlarm", {"AlarmName": "errors", "AlarmStates": "ALARM"})))
first = create("roll", source(), pipe)
reaches(first, "Succeeded", "roll")
cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
second = pipeline.start_pipeline_execution(name="roll")["pipelineExecutionId"]
reaches(second, "Failed", "roll")
back = eventually(lambda: next((
    row for row in pipeline.list_pipeline_executions(pipelineName="roll")["pipelineExecutionSummaries"]
    if row["executionType"] == "ROLLBACK"), None))
assert back["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
assert back["trigger"]["triggerType"] == "AutomatedRollback", back
cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="test")
retried = create("retry", source(), deploy(bucket="no-such-bucket", onFailure={
    "result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}}))
reaches(retried, "Failed", "retry")
rows = [row for row in pipeline.list_action_executions(pipelineName="retry")["actionExecutionDetails"]
        if row["stageName"] == "Deploy"]
assert len(rows) == 2, rows
state = stage("Deploy", "retry")["retryStageMetadata"]
assert state["autoStageRetryAttempt"] == 1 and state["latestRetryTrigger"] == "AutomatedStageRetry", state
