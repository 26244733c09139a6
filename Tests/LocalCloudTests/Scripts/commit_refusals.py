"""What CodeCommit refuses, with errors of its own: nothing is made of it."""
from support import *

commit = raw("codecommit")


def each(call, cases, **given):
    """Every case is refused with its code: {code: [input, ...]}."""
    for code, inputs in cases.items():
        for input in inputs:
            refused(code, call, status=400, **{**given, **input})


many = {f"k{i}": "v" for i in range(51)}
commit.create_repository(repositoryName="app")
arn = commit.get_repository(repositoryName="app")["repositoryMetadata"]["Arn"]

# Repositories.
each(commit.create_repository, {
    "RepositoryNameRequiredException": [{"repositoryName": ""}],
    "InvalidRepositoryNameException": [{"repositoryName": name} for name in ("a.git", "a b", "a" * 101)],
    "InvalidRepositoryDescriptionException": [{"repositoryDescription": "x" * 1001}],
    "InvalidSystemTagUsageException": [{"tags": {"aws:x": "y"}}],
    "TooManyTagsException": [{"tags": many}],
    "InvalidTagsMapException": [{"tags": {"k" * 129: "v"}}, {"tags": {"k": "v" * 257}}],
    "EncryptionKeyNotFoundException": [{"kmsKeyId": "alias/none"}],
}, repositoryName="new")
refused("RepositoryNameRequiredException", commit.create_repository)
refused("RepositoryDoesNotExistException", commit.get_repository, repositoryName="new")
each(commit.batch_get_repositories, {
    "RepositoryNamesRequiredException": [{"repositoryNames": []}],
    "MaximumRepositoryNamesExceededException": [{"repositoryNames": [f"r{i}" for i in range(101)]}],
    "InvalidRepositoryNameException": [{"repositoryNames": ["a b"]}],
})
each(commit.list_repositories, {"InvalidSortByException": [{"sortBy": "size"}], "InvalidOrderException": [{"order": "up"}]})

# Files.
put = dict(repositoryName="app", branchName="main", fileContent=b"hi", filePath="a.txt")
each(commit.put_file, {
    "BranchNameRequiredException": [{"branchName": ""}],
    "InvalidBranchNameException": [{"branchName": name} for name in ("a b", "a..b", "c0ffee" * 6 + "c0ff")],
    "InvalidFileModeException": [{"fileMode": "DIR"}],
    "InvalidPathException": [{"filePath": path} for path in ("../a", ".git/config", "a" * 4097)],
    "InvalidEmailException": [{"email": "x" * 257}],
    "NameLengthExceededException": [{"name": "x" * 1025}],
    "ParentCommitDoesNotExistException": [{"parentCommitId": "0" * 40}],
}, **put)
refused("FileContentRequiredException", commit.put_file, **{name: value for name, value in put.items() if name != "fileContent"})
refused("BranchDoesNotExistException", commit.get_branch, repositoryName="app", branchName="main")
first = commit.put_file(**put)["commitId"]
each(commit.put_file, {
    "ParentCommitIdRequiredException": [{}],
    "InvalidParentCommitIdException": [{"parentCommitId": "zz"}],
    "ParentCommitDoesNotExistException": [{"parentCommitId": "0" * 40}],
    "SameFileContentException": [{"parentCommitId": first}],
    "DirectoryNameConflictsWithFileNameException": [{"parentCommitId": first, "filePath": "a.txt/b"}],
}, **put)
head = commit.put_file(**{**put, "filePath": "d/e.txt"}, parentCommitId=first)["commitId"]
refused("FileNameConflictsWithDirectoryNameException", commit.put_file, **{**put, "filePath": "d"}, parentCommitId=head)
refused("ParentCommitIdOutdatedException", commit.put_file, **{**put, "filePath": "z"}, parentCommitId=first)

# Commits of many files.
new = {"filePath": "n.txt", "fileContent": b"x"}
each(commit.create_commit, {
    "FileEntryRequiredException": [{}],
    "SamePathRequestException": [
        {"putFiles": [new, new]},
        {"deleteFiles": [{"filePath": "a.txt"}] * 2},
        {"putFiles": [new], "deleteFiles": [{"filePath": "n.txt"}]},
        {"putFiles": [{"filePath": "b", "sourceFile": {"filePath": "a.txt", "isMove": True}}],
         "deleteFiles": [{"filePath": "a.txt"}]},
        {"setFileModes": [{"filePath": "a.txt", "fileMode": "EXECUTABLE"}], "deleteFiles": [{"filePath": "a.txt"}]},
    ],
    "PutFileEntryConflictException": [{"putFiles": [{**new, "filePath": path} for path in ("q", "q/r/s")]}],
    "InvalidFileModeException": [{"setFileModes": [{"filePath": "a.txt", "fileMode": "X"}]}],
    "FileModeRequiredException": [{"setFileModes": [{"filePath": "a.txt"}]}],
    "NameLengthExceededException": [{"putFiles": [new], "authorName": "x" * 1025}],
}, repositoryName="app", branchName="main", parentCommitId=head)
assert commit.get_branch(repositoryName="app", branchName="main")["branch"]["commitId"] == head

# Reading.
each(commit.get_commit, {
    "InvalidCommitIdException": [{"commitId": "zz"}], "CommitIdDoesNotExistException": [{"commitId": "0" * 40}],
}, repositoryName="app")
refused("InvalidBlobIdException", commit.get_blob, repositoryName="app", blobId="zz")
each(commit.batch_get_commits, {
    "CommitIdsListRequiredException": [{"commitIds": []}],
    "CommitIdsLimitExceededException": [{"commitIds": [f"{i:040d}" for i in range(101)]}],
}, repositoryName="app")
each(commit.get_differences, {
    "CommitRequiredException": [{}],
    "PathDoesNotExistException": [{"afterCommitSpecifier": "main", "afterPath": "zz"}],
    "InvalidMaxResultsException": [{"afterCommitSpecifier": "main", "MaxResults": 0}],
}, repositoryName="app")
assert len(commit.get_differences(
    repositoryName="app", beforeCommitSpecifier=first, afterCommitSpecifier="main", afterPath="/d")["differences"]) == 1

# Pull requests and their rules.
commit.create_branch(repositoryName="app", branchName="feature", commitId=head)
target = {"repositoryName": "app", "sourceReference": "feature", "destinationReference": "main"}
each(commit.create_pull_request, {
    "TitleRequiredException": [{"title": ""}], "InvalidTitleException": [{"title": "x" * 151}],
    "InvalidDescriptionException": [{"description": "x" * 10241}],
    "TargetsRequiredException": [{"targets": []}],
    "ReferenceNameRequiredException": [{"targets": [{"repositoryName": "app"}]}],
    "InvalidReferenceNameException": [{"targets": [{**target, "sourceReference": "a b"}]}],
}, title="x", targets=[target])
each(commit.list_pull_requests, {
    "InvalidPullRequestStatusException": [{"pullRequestStatus": "X"}],
    "InvalidAuthorArnException": [{"authorArn": "me"}],
    "InvalidMaxResultsException": [{"maxResults": 0}],
}, repositoryName="app")
assert commit.list_pull_requests(repositoryName="app")["pullRequestIds"] == []
request = commit.create_pull_request(title="x", targets=[target])["pullRequest"]
number, revision = request["pullRequestId"], request["revisionId"]
approvers = {"Version": "2018-11-08", "Statements": [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1}]}
crowd = [{**approvers["Statements"][0], "ApprovalPoolMembers": [f"CodeCommitApprovers:1:u{i}" for i in range(51)]}]
each(commit.create_pull_request_approval_rule, {
    "ApprovalRuleNameRequiredException": [{"approvalRuleName": ""}],
    "InvalidApprovalRuleNameException": [{"approvalRuleName": name} for name in ("a!", "a.git", "a" * 101)],
    "ApprovalRuleContentRequiredException": [{"approvalRuleContent": ""}],
    "InvalidApprovalRuleContentException": [
        {"approvalRuleContent": json.dumps({**approvers, **change})} for change in (
            {"Version": "2000"}, {"Statements": []}, {"Statements": crowd}, {"Note": "x" * 3000})],
}, pullRequestId=number, approvalRuleName="two of us", approvalRuleContent=json.dumps(approvers))
refused("InvalidApprovalStateException", commit.update_pull_request_approval_state, pullRequestId=number, revisionId=revision,
        approvalState="MAYBE")
refused("InvalidDescriptionException", commit.update_pull_request_description, pullRequestId=number, description="x" * 10241)
refused("InvalidMergeOptionException", commit.get_merge_conflicts, repositoryName="app", mergeOption="X",
        destinationCommitSpecifier="main", sourceCommitSpecifier="feature")
refused("MergeOptionRequiredException", commit.get_merge_conflicts, repositoryName="app",
        destinationCommitSpecifier="main", sourceCommitSpecifier="feature")
assert not commit.get_pull_request(pullRequestId=number)["pullRequest"]["approvalRules"]
refused("InvalidRelativeFileVersionEnumException", commit.post_comment_for_compared_commit, repositoryName="app",
        afterCommitId=head, content="x", location={"relativeFileVersion": "X"})

# Tags and triggers.
each(commit.tag_resource, {
    "InvalidSystemTagUsageException": [{"tags": {"aws:x": "y"}}], "TooManyTagsException": [{"tags": many}],
    "InvalidTagsMapException": [{"tags": {"a": "b" * 257}}],
}, resourceArn=arn)
each(commit.untag_resource, {
    "TagKeysListRequiredException": [{"tagKeys": []}], "InvalidSystemTagUsageException": [{"tagKeys": ["aws:x"]}],
}, resourceArn=arn)
assert commit.list_tags_for_resource(resourceArn=arn)["tags"] == {}
trigger = {"name": "t", "destinationArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t", "branches": [], "events": ["all"]}
each(lambda **change: commit.put_repository_triggers(repositoryName="app", triggers=[{**trigger, **change}]), {
    "RepositoryTriggerNameRequiredException": [{"name": ""}],
    "InvalidRepositoryTriggerRegionException": [{"destinationArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"}],
    "InvalidRepositoryTriggerEventsException": [{"events": ["x"]}, {"events": ["all", "updateReference"]}],
    "InvalidRepositoryTriggerBranchNameException": [{"branches": ["a b"]}],
    "InvalidRepositoryTriggerCustomDataException": [{"customData": "x" * 1001}],
})
refused("InvalidRepositoryTriggerNameException", commit.put_repository_triggers, repositoryName="app", triggers=[trigger] * 2)
assert commit.get_repository_triggers(repositoryName="app")["triggers"] == []
