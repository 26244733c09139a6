"""What CodePipeline refuses, with its code: tags; nothing is created or changed by what is refused."""
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
