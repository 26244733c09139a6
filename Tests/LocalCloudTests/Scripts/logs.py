from support import *

logs = client("logs")
now = int(time.time() * 1000)
logs.create_log_group(logGroupName="/aws/codebuild/demo", tags={"app": "demo"})
refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/aws/codebuild/demo")
refused("InvalidParameterException", logs.create_log_group, logGroupName="no spaces")
assert refused("ResourceNotFoundException", logs.create_log_stream, logGroupName="/none", logStreamName="s") == \
    "The specified log group does not exist."
logs.create_log_stream(logGroupName="/aws/codebuild/demo", logStreamName="one")
logs.create_log_stream(logGroupName="/aws/codebuild/demo", logStreamName="two")
for start in range(0, 300, 50):
    logs.put_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one", logEvents=[
        {"timestamp": now + at, "message": f"line {at}"} for at in range(start, start + 50)])
logs.put_log_events(logGroupName="/aws/codebuild/demo", logStreamName="two", logEvents=[
    {"timestamp": now + 10, "message": "ERROR disk full"}, {"timestamp": now + 20, "message": "fine"}])
refused("InvalidParameterException", logs.put_log_events, logGroupName="/aws/codebuild/demo", logStreamName="two",
        logEvents=[{"timestamp": now + 1, "message": "b"}, {"timestamp": now, "message": "a"}])
rejected = logs.put_log_events(logGroupName="/aws/codebuild/demo", logStreamName="two", logEvents=[
    {"timestamp": now - 20 * 86400000, "message": "old"}])
assert rejected["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}

# From the head, page by page, until the token does not move; then what is new.
lines, token = [], None
while True:
    more = {"nextToken": token} if token else {}
    page = logs.get_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one", startFromHead=True, limit=70, **more)
    lines += [event["message"] for event in page["events"]]
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]
assert lines == [f"line {at}" for at in range(300)]
logs.put_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one", logEvents=[{"timestamp": now + 400, "message": "new"}])
page = logs.get_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one", nextToken=token)
assert [event["message"] for event in page["events"]] == ["new"]
tail = logs.get_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one", limit=2)
assert [event["message"] for event in tail["events"]] == ["line 299", "new"]

found = logs.filter_log_events(logGroupName="/aws/codebuild/demo", filterPattern="ERROR")["events"]
assert [(event["logStreamName"], event["message"]) for event in found] == [("two", "ERROR disk full")]
found = [event for page in logs.get_paginator("filter_log_events").paginate(
    logGroupName="/aws/codebuild/demo", PaginationConfig={"PageSize": 100}) for event in page["events"]]
assert len(found) == 303 and [event["timestamp"] for event in found] == sorted(event["timestamp"] for event in found)
streams = logs.describe_log_streams(logGroupName="/aws/codebuild/demo", orderBy="LastEventTime", descending=True)
assert [stream["logStreamName"] for stream in streams["logStreams"]] == ["one", "two"]
logs.put_retention_policy(logGroupName="/aws/codebuild/demo", retentionInDays=7)
assert logs.describe_log_groups(logGroupNamePrefix="/aws/")["logGroups"][0]["retentionInDays"] == 7
refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/aws/codebuild/demo", retentionInDays=8)
assert logs.list_tags_log_group(logGroupName="/aws/codebuild/demo")["tags"] == {"app": "demo"}

# A new stream of the same name starts empty.
logs.delete_log_stream(logGroupName="/aws/codebuild/demo", logStreamName="one")
logs.create_log_stream(logGroupName="/aws/codebuild/demo", logStreamName="one")
assert logs.get_log_events(logGroupName="/aws/codebuild/demo", logStreamName="one")["events"] == []
logs.delete_log_group(logGroupName="/aws/codebuild/demo")
refused("ResourceNotFoundException", logs.delete_log_group, logGroupName="/aws/codebuild/demo")
