"""What CodePipeline refuses, with its code and words; nothing is created or changed by what is refused."""
from pipelines import *

FIFTY = [{"key": f"k{n}", "value": "v"} for n in range(50)]


def declaration(name="p", **more):
    return {"name": name, "pipelineType": "V2", "roleArn": ROLES["codepipeline"],
            "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": [source(), approval()], **more}


def not_created(code, tags=None, **more):
    """The message that a pipeline is refused with, both new and as a change of one that exists; neither leaves a trace."""
    message = refused(code, pipeline.create_pipeline, pipeline=declaration("refused", **more), status=400,
                      **({"tags": tags} if tags else {}))
    refused("PipelineNotFoundException", pipeline.get_pipeline, name="refused")
    if not tags:
        before = pipeline.get_pipeline(name="p")["pipeline"]
        assert refused(code, pipeline.update_pipeline, pipeline=declaration("p", **more)) == message.replace("refused", "p")
        assert pipeline.get_pipeline(name="p")["pipeline"] == before
    return message


pipeline.create_pipeline(pipeline=declaration(), tags=FIFTY[:49])

# Tags: a key once, none of AWS's own, fifty of them.
arn = pipeline.get_pipeline(name="p")["metadata"]["pipelineArn"]
TWICE, RESERVED = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], [{"key": "AWS:a", "value": "1"}]
for code, tags in (("InvalidTagsException", TWICE), ("InvalidTagsException", RESERVED),
                   ("TooManyTagsException", FIFTY + [{"key": "one more", "value": ""}])):
    not_created(code, tags)
    refused(code, pipeline.tag_resource, resourceArn=arn, tags=tags, status=400)
refused("TooManyTagsException", pipeline.tag_resource, resourceArn=arn, tags=[{"key": "x", "value": ""}, {"key": "y", "value": ""}])
assert len(pipeline.list_tags_for_resource(resourceArn=arn)["tags"]) == 49
pipeline.tag_resource(resourceArn=arn, tags=[{"key": "k0", "value": "new"}, {"key": "the fiftieth", "value": ""}])
assert len(pipeline.list_tags_for_resource(resourceArn=arn)["tags"]) == 50

# What the model's patterns forbid: the place and the pattern, and no value.
raw = boto3.client("codepipeline", region_name="us-east-1", config=Config(parameter_validation=False))
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NAME = "[A-Za-z0-9.@\\-_]+"


def unfit(member, pattern):
    return f"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"


approvals = {"pipelineName": "p", "stageName": "Approval", "actionName": "Ask", "result": {"status": "Approved", "summary": ""}}
for member, pattern, call, given in (
        ("pipelineExecutionId", UUID, raw.get_pipeline_execution, {"pipelineName": "p", "pipelineExecutionId": "zz"}),
        ("filter.pipelineExecutionId", UUID, raw.list_action_executions, {"pipelineName": "p", "filter": {"pipelineExecutionId": "A" * 36}}),
        ("token", UUID, raw.put_approval_result, {**approvals, "token": "00000000-0000-0000-0000-00000000000"}),
        ("name", NAME, raw.get_pipeline_state, {"name": "p 2"}),
        ("name", NAME, raw.delete_pipeline, {"name": "\u00e4"}),
        ("clientRequestToken", "^[a-zA-Z0-9-]+$", raw.start_pipeline_execution, {"name": "p", "clientRequestToken": "a_b"}),
        ("variables.1.member.value", ".*", raw.start_pipeline_execution, {"name": "p", "variables": [{"name": "a", "value": "1\n2"}]}),
        ("reason", "[a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+", raw.disable_stage_transition, {
            "pipelineName": "p", "stageName": "Approval", "transitionType": "Inbound", "reason": "it's late"}),
        ("resourceArn", "arn:aws(-[\\w]+)*:codepipeline:.+:[0-9]{12}:.+", raw.list_tags_for_resource, {"resourceArn": "arn:aws:codepipeline:us-east-1:1:p"})):
    assert refused("ValidationException", call, status=400, **given) == unfit(member, pattern), member
for member, pattern, more in (
        ("pipeline.stages.2.member.name", NAME, {"stages": [source(), approval("the gate")]}),
        ("pipeline.stages.1.member.actions.1.member.namespace", "[A-Za-z0-9@\\-_]+", {"stages": [
            {"name": "Source", "actions": [{**source()["actions"][0], "namespace": "a.b"}]}, approval()]}),
        ("pipeline.roleArn", "arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*", {"roleArn": "arn:aws:iam::123456789012:user/u"}),
        ("pipeline.variables.1.member.name", "[A-Za-z0-9@\\-_]+", {"variables": [{"name": "a b"}]}),
        ("pipeline.artifactStore.location", "[a-zA-Z0-9\\-\\.]+", {"artifactStore": {"type": "S3", "location": "artifacts/p"}})):
    assert not_created("ValidationException", **more) == unfit(member, pattern), member

# Where artifacts are kept: one store, or one for each region; in buckets that exist there.
HERE, NOWHERE = ({"type": "S3", "location": name} for name in ("artifacts", "no-such-bucket"))
client("s3", "eu-west-1").create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
FAR = {"type": "S3", "location": "far-away"}


def stored(one=None, many=None):
    """The declaration with other stores."""
    more = declaration()
    del more["artifactStore"], more["name"]
    return {**more, **({"artifactStore": one} if one else {}), **({"artifactStores": many} if many else {})}


abroad = [source(), {"name": "Away", "actions": [{**approval()["actions"][0], "region": "eu-west-1"}]}]
plain = pipeline.create_pipeline


def stores_refused(words, one=None, many=None, stages=None):
    given = {"name": "refused", **stored(one, many), **({"stages": stages} if stages else {})}
    message = refused("InvalidStructureException", plain, pipeline=given, status=400)
    assert words in message, message
    refused("PipelineNotFoundException", pipeline.get_pipeline, name="refused")


stores_refused("cannot have both", HERE, {"us-east-1": HERE})
stores_refused("must have an artifact store")
stores_refused("store for region us-east-1", many={"eu-west-1": FAR})
stores_refused("must have artifactStores", HERE, stages=abroad)
stores_refused("store for region eu-west-1", many={"us-east-1": HERE}, stages=abroad)
no_bucket = "An error occurred while validating the artifact bucket '%s': No bucket with the name %s was found. Choose a valid artifact bucket in '%s'"
stores_refused(no_bucket % ("no-such-bucket", "no-such-bucket", "us-east-1"), NOWHERE)
stores_refused(no_bucket % ("far-away", "far-away", "us-east-1"), FAR)
stores_refused(no_bucket % ("artifacts", "artifacts", "eu-west-1"), many={"us-east-1": HERE, "eu-west-1": HERE})
pipeline.create_pipeline(pipeline={"name": "abroad", **stored(many={"eu-west-1": FAR, "us-east-1": HERE}), "stages": abroad})
pipeline.delete_pipeline(name="abroad")

# How many stages and actions.
many = [source()] + [approval(f"Gate{n}") for n in range(50)]
assert "maximum of 50 stages" in not_created("InvalidStructureException", stages=many)
crowd = {"name": "Crowd", "actions": [action(f"Ask{n}", "Approval", "Manual") for n in range(51)]}
assert "maximum of 50 actions" in not_created("InvalidStageDeclarationException", stages=[source(), crowd])

# Variables and what refers to them.
def asks(text, name="Ask", **more):
    return action(name, "Approval", "Manual", {"CustomData": text}, **more)


def gate(*actions):
    return [source(), {"name": "Gate", "actions": list(actions)}]


V = {"variables": [{"name": "v", "defaultValue": "1"}]}
assert "Variable names must be unique. The following variable name is already in use: v" in not_created(
    "InvalidStructureException", variables=V["variables"] * 2)
where = "StageName=[Gate], ActionName=[Ask], ActionConfigurationKey=[CustomData], VariableReferenceText=[%s]"
for text in ("Nope.X", "plain", "variables.v"):
    message = not_created("InvalidActionDeclarationException", stages=gate(asks("#{%s}" % text)))
    assert "referencing a namespace that does not exist" in message and where % text in message, message
assert "haven't been declared" in not_created("InvalidStructureException", stages=gate(asks("#{variables.w}")), **V)
in_source = source()
in_source["actions"][0]["configuration"]["S3ObjectKey"] = "#{variables.v}.zip"
assert "cannot be used in source actions" in not_created("InvalidStructureException", stages=[in_source, approval()], **V)
build = {"ProjectName": "#{Later.X}"}
for stages in (  # itself, beside it, after it
        gate(action("Ask", "Build", "CodeBuild", build, ["Src"], namespace="Later")),
        gate(asks("#{Later.X}"), action("Run", "Build", "CodeBuild", {"ProjectName": "b"}, ["Src"], namespace="Later")),
        gate(asks("#{Later.X}"), action("Run", "Build", "CodeBuild", {"ProjectName": "b"}, ["Src"], namespace="Later", runOrder=2))):
    assert "[Later.X]" in not_created("InvalidActionDeclarationException", stages=stages)
for namespace, more in (("Src", {}), ("codepipeline", {}), ("variables", V)):
    assert f"StageName=[Gate], ActionName=[Run], Namespace=[{namespace}]" in not_created("InvalidActionDeclarationException", stages=gate(
        action("Run", "Build", "CodeBuild", {"ProjectName": "b"}, ["Src"], namespace=namespace)), **more)
kept = {"name": "kept", **declaration("kept", stages=gate(
    action("Run", "Build", "CodeBuild", {"ProjectName": "#{variables.v}-#{Src.VersionId}"}, ["Src"], namespace="Run"),
    asks("#{codepipeline.PipelineExecutionId} of #{Run.X} { #x }", runOrder=2)), **V)}
del kept["pipelineType"]  # variables make it one of type V2
assert pipeline.create_pipeline(pipeline=kept)["pipeline"]["pipelineType"] == "V2"
pipeline.delete_pipeline(name="kept")

# Whom an approval tells.
for topic, words in (("zz", "contains a format error"), ("arn:aws:sns:us-east-1::t", "contains a format error"),
                     ("arn:aws:sqs:us-east-1:123456789012:q", "cannot be used to send approval requests"),
                     ("arn:aws:sns:eu-west-1:123456789012:t", "not in the same region as the pipeline")):
    message = not_created("InvalidActionDeclarationException", stages=gate(action("Ask", "Approval", "Manual", {"NotificationArn": topic})))
    assert topic in message and words in message, message

# Tokens that no page gave out; executions that are not there, with the errors that the operations declare.
for call, given in ((pipeline.list_action_types, {}), (pipeline.list_tags_for_resource, {"resourceArn": arn}), (pipeline.list_pipelines, {}),
                    (pipeline.list_pipeline_executions, {"pipelineName": "p"}), (pipeline.list_action_executions, {"pipelineName": "p"}),
                    (pipeline.list_rule_executions, {"pipelineName": "p"})):
    refused("InvalidNextTokenException", call, nextToken="q", status=400, **given)
nobody = {"pipelineName": "p", "stageName": "Approval", "pipelineExecutionId": "00000000-0000-0000-0000-000000000000"}
refused("NotLatestPipelineExecutionException", pipeline.retry_stage_execution, retryMode="FAILED_ACTIONS", **nobody)
refused("NotLatestPipelineExecutionException", pipeline.override_stage_condition, conditionType="BEFORE_ENTRY", **nobody)

# Other revisions for a start: of the source's own kind, and of another key only where the action allows it; both together.
def started(name, *revisions):
    return pipeline.start_pipeline_execution(name=name, sourceRevisions=[
        {"actionName": action, "revisionType": type, "revisionValue": value} for action, type, value in revisions])["pipelineExecutionId"]


KEY, VERSION = "S3_OBJECT_KEY", "S3_OBJECT_VERSION_ID"
for words, revision in (("no action 'Nope'", ("Nope", VERSION, "v")), ("not COMMIT_ID", ("Source", "COMMIT_ID", "c")),
                        ("AllowOverrideForS3ObjectKey", ("Source", KEY, "k"))):
    assert words in refused("ValidationException", started, "p", revision)
assert "more than one" in refused("ValidationException", started, "p", ("Source", VERSION, "v"), ("Source", VERSION, "w"))
open_source = source()
open_source["actions"][0]["configuration"]["AllowOverrideForS3ObjectKey"] = "true"
EMPTY = b"PK\x05\x06" + bytes(18)
older = [s3.put_object(Bucket="sources", Key="other.zip", Body=EMPTY)["VersionId"] for _ in range(2)][0]
create("open", open_source, approval())
id = started("open", ("Source", KEY, "other.zip"), ("Source", VERSION, older))
eventually(lambda: stage("Approval", "open").get("latestExecution", {}).get("pipelineExecutionId") == id)
taken = next(row for row in pipeline.list_action_executions(pipelineName="open", filter={"pipelineExecutionId": id})["actionExecutionDetails"]
             if row["actionName"] == "Source")["output"]["outputVariables"]
assert (taken["ObjectKey"], taken["VersionId"]) == ("other.zip", older), taken
