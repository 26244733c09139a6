import base64
import concurrent.futures

from support import *

code, sns, sqs, iam = client("codecommit"), client("sns"), client("sqs"), client("iam")


def user(name):
    """A client of codecommit for a new user who may do everything there."""
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(allow("codecommit:*")))
    return with_keys("codecommit", iam.create_access_key(UserName=name)["AccessKey"])


ann, bob = user("ann"), user("bob")
code.create_repository(repositoryName="app", repositoryDescription="ü" * 1000)
for call, name in ((code.create_repository, "other"), (code.update_repository_description, "app")):
    refused("InvalidRepositoryDescriptionException", call, repositoryName=name, repositoryDescription="ü" * 1001)
refused("RepositoryDoesNotExistException", code.get_repository, repositoryName="other")
assert code.get_repository(repositoryName="app")["repositoryMetadata"]["repositoryDescription"] == "ü" * 1000


def tip(branch, repository="app"):
    return code.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"]


def commit(branch, files=None, deleted=()):
    """A commit on top of a branch; the first one makes it."""
    parent = {}
    try:
        parent = {"parentCommitId": tip(branch)}
    except code.exceptions.BranchDoesNotExistException:
        pass
    return code.create_commit(
        repositoryName="app", branchName=branch, authorName="Ann", email="ann@example.com", **parent,
        putFiles=[{"filePath": name, "fileContent": text.encode()} for name, text in (files or {}).items()],
        deleteFiles=[{"filePath": name} for name in deleted])["commitId"]


def branch(name, base="main"):
    code.create_branch(repositoryName="app", branchName=name, commitId=tip(base))


def text(path, at="main"):
    return code.get_file(repositoryName="app", filePath=path, commitSpecifier=at)["fileContent"].decode()


def parents(id):
    return code.get_commit(repositoryName="app", commitId=id)["commit"]["parents"]


def open_request(source, title="A change", by=ann, **more):
    return by.create_pull_request(
        title=title, targets=[{"repositoryName": "app", "sourceReference": source}], **more)["pullRequest"]


first = commit("main", {"a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b.txt": "b\n"})

# Events of pull requests reach EventBridge, and triggers their topic.
queue = sqs.create_queue(QueueName="told")["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
    "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
    "Action": "sqs:SendMessage", "Resource": queue_arn})})
client("events").put_rule(Name="requests", EventPattern=json.dumps(
    {"source": ["aws.codecommit"], "detail-type": ["CodeCommit Pull Request State Change"]}))
client("events").put_targets(Rule="requests", Targets=[{"Id": "q", "Arn": queue_arn}])
told = []


def hear(check):
    """Waits for a message that check() is true of."""
    def look():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            told.append(json.loads(message["Body"]))
        return next((message for message in told if check(message)), None)
    return eventually(look)


# Made: the same token gives the same one, also when two come at once.
branch("feature")
feature = commit("feature", {"c.txt": "new\n"})
refused("ReferenceDoesNotExistException", open_request, "nowhere")
refused("SourceAndDestinationAreSameException", open_request, "main")
refused("RepositoryDoesNotExistException", ann.create_pull_request, title="x",
        targets=[{"repositoryName": "none", "sourceReference": "feature"}])
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    made = list(pool.map(lambda _: open_request("feature", clientRequestToken="once", description="why"), range(8)))
request = made[0]
number = request["pullRequestId"]
assert {one["pullRequestId"] for one in made} == {number}, made
refused("IdempotencyParameterMismatchException", open_request, "feature", title="Another", clientRequestToken="once")
assert request["pullRequestStatus"] == "OPEN" and request["authorArn"].endswith(":user/ann"), request
target = request["pullRequestTargets"][0]
assert target["sourceReference"] == "refs/heads/feature" and target["destinationReference"] == "refs/heads/main"
assert target["sourceCommit"] == feature and target["destinationCommit"] == target["mergeBase"] == first
assert target["mergeMetadata"] == {"isMerged": False}
event = hear(lambda message: message["detail"]["event"] == "pullRequestCreated")
assert event["detail"]["pullRequestId"] == number and event["detail"]["isMerged"] == "False"
assert event["resources"] == [f"arn:aws:codecommit:us-east-1:{ACCOUNT}:app"]

# Found and changed.
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    others = [one["pullRequestId"] for one in pool.map(lambda at: open_request("feature", by=bob, title=str(at)), range(5))]
assert len(set(others)) == 5 and number not in others
pages = list(code.get_paginator("list_pull_requests").paginate(repositoryName="app", PaginationConfig={"PageSize": 2}))
assert len(pages) == 3 and {id for page in pages for id in page["pullRequestIds"]} == {number, *others}
assert code.list_pull_requests(repositoryName="app", authorArn=request["authorArn"])["pullRequestIds"] == [number]
for id in others:
    assert code.update_pull_request_status(pullRequestId=id, pullRequestStatus="CLOSED")["pullRequest"]["pullRequestStatus"] == "CLOSED"
assert set(code.list_pull_requests(repositoryName="app", pullRequestStatus="CLOSED")["pullRequestIds"]) == set(others)
refused("InvalidPullRequestStatusUpdateException", code.update_pull_request_status, pullRequestId=others[0],
        pullRequestStatus="OPEN")
refused("PullRequestAlreadyClosedException", code.update_pull_request_title, pullRequestId=others[0], title="x")
refused("PullRequestDoesNotExistException", code.get_pull_request, pullRequestId="999")
refused("InvalidPullRequestIdException", code.get_pull_request, pullRequestId="one")
assert code.update_pull_request_title(pullRequestId=number, title="Better")["pullRequest"]["title"] == "Better"
refused("InvalidTitleException", code.update_pull_request_title, pullRequestId=number, title="t" * 151)
code.update_pull_request_description(pullRequestId=number, description="because")
assert code.get_pull_request(pullRequestId=number)["pullRequest"]["description"] == "because"

# Approvals: of one revision, not by the author, counted by rules.
content = json.dumps({"Version": "2018-11-08", "Statements": [
    {"Type": "Approvers", "NumberOfApprovalsNeeded": 1, "ApprovalPoolMembers": [f"CodeCommitApprovers:{ACCOUNT}:b*"]}]})
refused("InvalidApprovalRuleContentException", code.create_pull_request_approval_rule, pullRequestId=number,
        approvalRuleName="bad", approvalRuleContent="{}")
rule = code.create_pull_request_approval_rule(pullRequestId=number, approvalRuleName="one of b", approvalRuleContent=content)
refused("ApprovalRuleNameAlreadyExistsException", code.create_pull_request_approval_rule, pullRequestId=number,
        approvalRuleName="one of b", approvalRuleContent=content)
refused("InvalidRuleContentSha256Exception", code.update_pull_request_approval_rule_content, pullRequestId=number,
        approvalRuleName="one of b", newRuleContent=content, existingRuleContentSha256="0" * 64)
code.update_pull_request_approval_rule_content(
    pullRequestId=number, approvalRuleName="one of b", newRuleContent=content,
    existingRuleContentSha256=rule["approvalRule"]["ruleContentSha256"])


def evaluation():
    revision = code.get_pull_request(pullRequestId=number)["pullRequest"]["revisionId"]
    return code.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]


def approve(by, state="APPROVE"):
    revision = code.get_pull_request(pullRequestId=number)["pullRequest"]["revisionId"]
    by.update_pull_request_approval_state(pullRequestId=number, revisionId=revision, approvalState=state)


assert evaluation() == {"approved": False, "overridden": False, "approvalRulesSatisfied": [],
                        "approvalRulesNotSatisfied": ["one of b"]}
refused("PullRequestCannotBeApprovedByAuthorException", approve, ann)
approve(code)  # the account's root, who is not in the pool
assert not evaluation()["approved"]
assert "one of b" in refused("PullRequestApprovalRulesNotSatisfiedException", code.merge_pull_request_by_squash,
                             pullRequestId=number, repositoryName="app")
approve(bob)
assert evaluation()["approvalRulesSatisfied"] == ["one of b"]
old = code.get_pull_request(pullRequestId=number)["pullRequest"]["revisionId"]
states = code.get_pull_request_approval_states(pullRequestId=number, revisionId=old)["approvals"]
assert {state["userArn"].split(":")[-1] for state in states} == {"root", "user/bob"}
approve(code, "REVOKE")
feature = commit("feature", {"c.txt": "newer\n"})  # what is pushed later was not approved
assert not evaluation()["approved"]
refused("RevisionNotCurrentException", bob.update_pull_request_approval_state, pullRequestId=number, revisionId=old,
        approvalState="APPROVE")
revision = code.get_pull_request(pullRequestId=number)["pullRequest"]["revisionId"]
code.override_pull_request_approval_rules(pullRequestId=number, revisionId=revision, overrideStatus="OVERRIDE")
refused("OverrideAlreadySetException", code.override_pull_request_approval_rules, pullRequestId=number,
        revisionId=revision, overrideStatus="OVERRIDE")
assert code.get_pull_request_override_state(pullRequestId=number, revisionId=revision)["overrider"].endswith(":root")
assert evaluation()["approved"] and evaluation()["overridden"]
code.override_pull_request_approval_rules(pullRequestId=number, revisionId=revision, overrideStatus="REVOKE")

# Comments: on a line, with replies; the same token does not say a thing twice.
refused("PathDoesNotExistException", bob.post_comment_for_pull_request, pullRequestId=number, repositoryName="app",
        beforeCommitId=first, afterCommitId=feature, content="?", location={"filePath": "no.txt"})
said = [
    bob.post_comment_for_pull_request(
        pullRequestId=number, repositoryName="app", beforeCommitId=first, afterCommitId=feature, content="Why newer?",
        clientRequestToken="said once",
        location={"filePath": "c.txt", "filePosition": 1, "relativeFileVersion": "AFTER"})
    for _ in range(2)]
comment = said[0]["comment"]
assert said[1]["comment"]["commentId"] == comment["commentId"] and said[0]["afterBlobId"] and "beforeBlobId" not in said[0]
reply = ann.post_comment_reply(inReplyTo=comment["commentId"], content="Because.")["comment"]
refused("CommentNotCreatedByCallerException", ann.update_comment, commentId=comment["commentId"], content="x")
refused("CommentContentSizeLimitExceededException", ann.post_comment_reply, inReplyTo=comment["commentId"],
        content="x" * 10241)
bob.update_comment(commentId=comment["commentId"], content="Why?")
threads = code.get_comments_for_pull_request(pullRequestId=number)["commentsForPullRequestData"]
assert [[one["content"] for one in thread["comments"]] for thread in threads] == [["Why?", "Because."]], threads
assert threads[0]["location"]["filePosition"] == 1 and threads[0]["comments"][1]["inReplyTo"] == comment["commentId"]
deleted = code.delete_comment_content(commentId=reply["commentId"])["comment"]
assert deleted["deleted"] and "content" not in deleted
refused("CommentDeletedException", code.get_comment, commentId=reply["commentId"])
refused("CommentDoesNotExistException", code.get_comment, commentId="none")
ann.post_comment_for_compared_commit(repositoryName="app", beforeCommitId=first, afterCommitId=feature, content="Of commits")
compared = code.get_comments_for_compared_commit(repositoryName="app", afterCommitId=feature)["commentsForComparedCommitData"]
assert [thread["comments"][0]["content"] for thread in compared] == ["Of commits"]

# Merged by fast-forward: no commit of its own.
code.delete_pull_request_approval_rule(pullRequestId=number, approvalRuleName="one of b")
refused("TipOfSourceReferenceIsDifferentException", code.merge_pull_request_by_fast_forward, pullRequestId=number,
        repositoryName="app", sourceCommitId=first)
merged = code.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName="app", sourceCommitId=feature)["pullRequest"]
assert merged["pullRequestStatus"] == "CLOSED" and tip("main") == feature
state = merged["pullRequestTargets"][0]["mergeMetadata"]
assert state["isMerged"] and state["mergeOption"] == "FAST_FORWARD_MERGE" and state["mergedBy"].endswith(":root")
refused("PullRequestAlreadyClosedException", code.merge_pull_request_by_squash, pullRequestId=number, repositoryName="app")
types = [event["pullRequestEventType"] for event in code.describe_pull_request_events(pullRequestId=number)["pullRequestEvents"]]
assert types[0] == "PULL_REQUEST_CREATED" and types[-1] == "PULL_REQUEST_MERGE_STATE_CHANGED", types
assert types.count("PULL_REQUEST_SOURCE_REFERENCE_UPDATED") == 1 and "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN" in types
assert hear(lambda message: message["detail"]["event"] == "pullRequestMergeStatusUpdated")["detail"]["isMerged"] == "True"

# Squash and three-way: one parent and two. Many at once merge once.
branch("squash")
commit("squash", {"d.txt": "1\n"})
commit("squash", {"d.txt": "2\n"})
base = commit("main", {"e.txt": "e\n"})
number = open_request("squash")["pullRequestId"]


def merge(_):
    try:
        return code.merge_pull_request_by_squash(
            pullRequestId=number, repositoryName="app", commitMessage="All of it", authorName="Ann", email="a@example.com")
    except code.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


with concurrent.futures.ThreadPoolExecutor(6) as pool:
    outcomes = list(pool.map(merge, range(6)))
assert sum(1 for outcome in outcomes if not isinstance(outcome, str)) == 1, outcomes
assert {outcome for outcome in outcomes if isinstance(outcome, str)} <= {
    "PullRequestAlreadyClosedException", "ConcurrentReferenceUpdateException"}, outcomes
squashed = code.get_commit(repositoryName="app", commitId=tip("main"))["commit"]
assert squashed["parents"] == [base] and squashed["message"].strip() == "All of it" and text("d.txt") == "2\n"
branch("three-way", "squash")
other = commit("three-way", {"f.txt": "f\n"}, deleted=["b.txt"])
number = open_request("three-way")["pullRequestId"]
before = tip("main")
merged = code.merge_pull_request_by_three_way(pullRequestId=number, repositoryName="app")["pullRequest"]
assert parents(tip("main")) == [before, other]
assert merged["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"] == tip("main")
refused("FileDoesNotExistException", text, "b.txt")

# Conflicts: refused, described, settled by a strategy or file by file.
branch("left")
commit("left", {"a.txt": "1\n2\n3\n4\n5\n6\n7\n8\nleft\n", "d.txt": "left\n"})
commit("main", {"a.txt": "main\n2\n3\n4\n5\n6\n7\n8\n9\n", "d.txt": "main\n"})
ends = {"repositoryName": "app", "sourceCommitSpecifier": "left", "destinationCommitSpecifier": "main"}
number = open_request("left")["pullRequestId"]
refused("ManualMergeRequiredException", code.merge_pull_request_by_fast_forward, pullRequestId=number, repositoryName="app")
refused("ManualMergeRequiredException", code.merge_pull_request_by_three_way, pullRequestId=number, repositoryName="app")
assert code.get_pull_request(pullRequestId=number)["pullRequest"]["pullRequestStatus"] == "OPEN"
assert code.get_merge_options(**ends)["mergeOptions"] == []
found = code.get_merge_conflicts(mergeOption="THREE_WAY_MERGE", **ends)
assert not found["mergeable"] and [row["filePath"] for row in found["conflictMetadataList"]] == ["a.txt", "d.txt"]
found = code.get_merge_conflicts(mergeOption="THREE_WAY_MERGE", conflictDetailLevel="LINE_LEVEL", **ends)
assert [row["filePath"] for row in found["conflictMetadataList"]] == ["d.txt"], found
row = found["conflictMetadataList"][0]
assert row["contentConflict"] and row["mergeOperations"] == {"source": "M", "destination": "M"}


def sides(hunk):
    return {side: (hunk[side]["startLine"], hunk[side]["endLine"], base64.b64decode(hunk[side]["hunkContent"]).decode())
            for side in ("source", "destination", "base")}


lines = code.describe_merge_conflicts(mergeOption="THREE_WAY_MERGE", conflictDetailLevel="LINE_LEVEL", filePath="a.txt", **ends)
assert [hunk["isConflict"] for hunk in lines["mergeHunks"]] == [False, False], lines
assert sides(lines["mergeHunks"][0]) == {
    "source": (1, 1, "1\n"), "destination": (1, 1, "main\n"), "base": (1, 1, "1\n")}, lines
assert sides(lines["mergeHunks"][1]) == {
    "source": (9, 9, "left\n"), "destination": (9, 9, "9\n"), "base": (9, 9, "9\n")}, lines
assert lines["conflictMetadata"]["numberOfConflicts"] == 0 and lines["sourceCommitId"] == tip("left")
lines = code.batch_describe_merge_conflicts(
    mergeOption="THREE_WAY_MERGE", conflictDetailLevel="LINE_LEVEL", filePaths=["d.txt", "none.txt"], **ends)
assert [(row["filePath"], row["exceptionName"]) for row in lines["errors"]] == [("none.txt", "FileDoesNotExistException")]
(row,) = lines["conflicts"]
assert row["conflictMetadata"]["numberOfConflicts"] == 1 and not row["conflictMetadata"]["isBinaryFile"]["source"], row
assert [hunk["isConflict"] for hunk in row["mergeHunks"]] == [True] and sides(row["mergeHunks"][0]) == {
    "source": (1, 1, "left\n"), "destination": (1, 1, "main\n"), "base": (1, 1, "2\n")}, row
refused("FileDoesNotExistException", code.describe_merge_conflicts, mergeOption="SQUASH_MERGE", filePath="none.txt", **ends)
assert set(code.get_merge_options(conflictResolutionStrategy="ACCEPT_SOURCE", **ends)["mergeOptions"]) == {
    "SQUASH_MERGE", "THREE_WAY_MERGE"}
refused("ReplacementContentRequiredException", code.merge_pull_request_by_three_way, pullRequestId=number,
        repositoryName="app", conflictDetailLevel="LINE_LEVEL",
        conflictResolution={"replaceContents": [{"filePath": "d.txt", "replacementType": "USE_NEW_CONTENT"}]})
code.merge_pull_request_by_three_way(
    pullRequestId=number, repositoryName="app", conflictDetailLevel="LINE_LEVEL",
    conflictResolution={"replaceContents": [
        {"filePath": "d.txt", "replacementType": "USE_NEW_CONTENT", "content": b"both\n"}]})
assert text("a.txt") == "main\n2\n3\n4\n5\n6\n7\n8\nleft\n" and text("d.txt") == "both\n"
# A commit makes the first branch of a repository, and no further one.
refused("BranchDoesNotExistException", code.create_commit, repositoryName="app", branchName="none-yet",
        putFiles=[{"filePath": "x", "fileContent": b"x"}])
refused("BranchDoesNotExistException", code.put_file, repositoryName="app", branchName="none-yet", filePath="x", fileContent=b"x")
# Lines that end as on Windows, some of them or all, and a last one without an end.
for name, end in (("all", "\r\n"), ("some", "\n")):
    commit("main", {"w.txt": f"1\r\n2{end}3\r\n4{end}5\r\n6{end}7"})
    branch(f"windows-{name}")
    commit(f"windows-{name}", {"w.txt": f"source\r\n2{end}3\r\nsource{end}5\r\n6{end}7"})
    commit("main", {"w.txt": f"1\r\n2{end}3\r\nmain{end}5\r\n6{end}main"})
    lines = code.describe_merge_conflicts(
        mergeOption="THREE_WAY_MERGE", conflictDetailLevel="LINE_LEVEL", filePath="w.txt", repositoryName="app",
        sourceCommitSpecifier=f"windows-{name}", destinationCommitSpecifier="main")
    assert [(hunk["isConflict"], sides(hunk)["source"], sides(hunk)["destination"]) for hunk in lines["mergeHunks"]] == [
        (False, (1, 1, "source\r\n"), (1, 1, "1\r\n")), (True, (4, 4, f"source{end}"), (4, 4, f"main{end}")),
        (False, (7, 7, "7"), (7, 7, "main"))], lines["mergeHunks"]
for name, strategy in (("theirs", "ACCEPT_SOURCE"), ("ours", "ACCEPT_DESTINATION")):
    branch(name)
    commit(name, {"d.txt": f"{name}\n"})
    commit("main", {"d.txt": f"not {name}\n"})
    merged = code.merge_branches_by_squash(
        repositoryName="app", sourceCommitSpecifier=name, destinationCommitSpecifier="main",
        conflictResolutionStrategy=strategy, commitMessage=f"{strategy}")
    assert tip("main") == merged["commitId"] and code.get_commit(
        repositoryName="app", commitId=tip("main"))["commit"]["treeId"] == merged["treeId"]
    assert text("d.txt") == (f"{name}\n" if strategy == "ACCEPT_SOURCE" else f"not {name}\n")

# Branches without pull requests.
branch("fast")
fast = commit("fast", {"g.txt": "g\n"})
refused("InvalidTargetBranchException", code.merge_branches_by_fast_forward, repositoryName="app",
        sourceCommitSpecifier="fast", destinationCommitSpecifier="main", targetBranch="left")
assert code.get_merge_options(repositoryName="app", sourceCommitSpecifier="fast", destinationCommitSpecifier="main")[
    "mergeOptions"] == ["FAST_FORWARD_MERGE", "SQUASH_MERGE", "THREE_WAY_MERGE"]
number = open_request("fast")["pullRequestId"]
assert code.merge_branches_by_fast_forward(
    repositoryName="app", sourceCommitSpecifier="fast", destinationCommitSpecifier="main")["commitId"] == fast
merged = code.get_pull_request(pullRequestId=number)["pullRequest"]  # all of its changes have arrived
assert merged["pullRequestStatus"] == "CLOSED" and merged["pullRequestTargets"][0]["mergeMetadata"]["isMerged"]
branch("lost")
commit("lost", {"h.txt": "h\n"})
number = open_request("lost")["pullRequestId"]
code.delete_branch(repositoryName="app", branchName="lost")
closed = code.get_pull_request(pullRequestId=number)["pullRequest"]
assert closed["pullRequestStatus"] == "CLOSED" and not closed["pullRequestTargets"][0]["mergeMetadata"]["isMerged"]

# Triggers: a topic hears of the branches and events that it asks for.
topic = sns.create_topic(Name="pushes")["TopicArn"]
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
trigger = {"name": "main-only", "destinationArn": topic, "branches": ["main"], "events": ["updateReference"],
           "customData": "mine"}
refused("RepositoryTriggerEventsListRequiredException", code.put_repository_triggers, repositoryName="app",
        triggers=[{**trigger, "events": []}])
refused("InvalidRepositoryTriggerDestinationArnException", code.put_repository_triggers, repositoryName="app",
        triggers=[{**trigger, "destinationArn": "arn:aws:s3:::x"}])
refused("InvalidRepositoryTriggerNameException", code.put_repository_triggers, repositoryName="app",
        triggers=[{**trigger, "name": "a b"}])
code.put_repository_triggers(repositoryName="app", triggers=[trigger])
assert code.get_repository_triggers(repositoryName="app")["triggers"] == [trigger]
tested = code.test_repository_triggers(
    repositoryName="app", triggers=[trigger, {**trigger, "name": "lost", "destinationArn": topic + "-none"}])
assert tested["successfulExecutions"] == ["main-only"] and tested["failedExecutions"][0]["trigger"] == "lost", tested
hear(lambda message: "Records" in message and message["Records"][0]["eventName"] == "TriggerEventTest")
branch("quiet")
pushed = commit("main", {"i.txt": "i\n"})
record = hear(lambda message: "Records" in message and message["Records"][0]["eventName"] == "ReferenceChanges")["Records"][0]
assert record["codecommit"]["references"] == [{"commit": pushed, "ref": "refs/heads/main"}], record
assert record["customData"] == "mine" and record["eventTriggerName"] == "main-only"
assert record["eventSourceARN"] == f"arn:aws:codecommit:us-east-1:{ACCOUNT}:app"

# Pull requests and comments go with their repository.
code.delete_repository(repositoryName="app")
refused("PullRequestDoesNotExistException", code.get_pull_request, pullRequestId=number)
