"""Pull requests and what git pushes: the real git with the AWS CLI's credential helper."""
import os
import subprocess
import sys
import tempfile

from support import *

AWS = os.path.join(os.path.dirname(sys.executable), "aws")
code = client("codecommit")
folder = tempfile.TemporaryDirectory(prefix="awscicd-git-")
work = os.path.join(folder.name, "app")
os.environ.update({
    "GIT_CONFIG_GLOBAL": os.path.join(folder.name, "config"), "GIT_TERMINAL_PROMPT": "0",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "Ann"), ("EMAIL", "ann@example.com"))}})
with open(os.environ["GIT_CONFIG_GLOBAL"], "w") as file:
    file.write(f'[credential]\n\thelper = "!{AWS} codecommit credential-helper --ignore-host-check $@"\n'
               "\tUseHttpPath = true\n[init]\n\tdefaultBranch = main\n[protocol]\n\tversion = 2\n")


def run(*command, where=None):
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout.strip()


def git(*arguments):
    return run("git", *arguments, where=work)


def open_request(title, branch):
    return code.create_pull_request(
        title=title, targets=[{"repositoryName": "app", "sourceReference": branch}])["pullRequest"]


def commit(name, text, message):
    with open(os.path.join(work, name), "w") as file:
        file.write(text)
    git("add", "-A")
    git("commit", "-q", "-m", message)
    return git("rev-parse", "HEAD")


url = code.create_repository(repositoryName="app")["repositoryMetadata"]["cloneUrlHttp"]
run("git", "clone", "-q", url, work)
base = commit("a.txt", "1\n", "first")
git("push", "-q", "origin", "HEAD:main")
git("checkout", "-q", "-b", "feature")
first = commit("b.txt", "1\n", "add b")
git("push", "-q", "origin", "feature")
request = open_request("Add b", "feature")
number = request["pullRequestId"]
assert request["pullRequestTargets"][0]["sourceCommit"] == first


def get():
    return code.get_pull_request(pullRequestId=number)["pullRequest"]


# A push to the source is a new revision.
second = commit("b.txt", "2\n", "change b")
git("push", "-q", "origin", "feature")
now = get()
assert now["pullRequestTargets"][0]["sourceCommit"] == second and now["revisionId"] != request["revisionId"]
# A push to the destination moves it; what the API merges, git gets.
git("checkout", "-q", "main")
third = commit("c.txt", "1\n", "meanwhile")
git("push", "-q", "origin", "main")
assert get()["pullRequestTargets"][0]["destinationCommit"] == third and get()["pullRequestStatus"] == "OPEN"
merged = code.merge_pull_request_by_three_way(
    pullRequestId=number, repositoryName="app", commitMessage="Merge it")["pullRequest"]
git("pull", "-q", "--ff-only", "origin", "main")
assert git("rev-parse", "HEAD") == merged["pullRequestTargets"][0]["mergeMetadata"]["mergeCommitId"]
assert git("rev-list", "--parents", "-n", "1", "HEAD").split()[1:] == [third, second]
assert sorted(name for name in os.listdir(work) if name != ".git") == ["a.txt", "b.txt", "c.txt"]
# What git merges and pushes, the API knows as merged; a branch that goes closes its request.
git("checkout", "-q", "-b", "other")
commit("d.txt", "1\n", "add d")
git("push", "-q", "origin", "other")
number = open_request("d", "other")["pullRequestId"]
git("checkout", "-q", "main")
git("merge", "-q", "--no-ff", "-m", "by hand", "other")
git("push", "-q", "origin", "main")
assert get()["pullRequestStatus"] == "CLOSED" and get()["pullRequestTargets"][0]["mergeMetadata"]["isMerged"]
git("checkout", "-q", "-b", "lost")
commit("e.txt", "1\n", "add e")
git("push", "-q", "origin", "lost")
number = open_request("e", "lost")["pullRequestId"]
git("push", "-q", "origin", ":lost")
assert get()["pullRequestStatus"] == "CLOSED" and not get()["pullRequestTargets"][0]["mergeMetadata"]["isMerged"]

# A message is given back as it was given, whatever line's end it has: git's own is taken off, and no more.
tip = {"parentCommitId": code.get_branch(repositoryName="app", branchName="main")["branch"]["commitId"]}
for at, text in enumerate(("a", "a\n", "a\n\n", "a\r", "a\r\n", "a\r\n\r")):
    made = code.create_commit(repositoryName="app", branchName="main", commitMessage=text, **tip,
                              putFiles=[{"filePath": "message.txt", "fileContent": str(at).encode()}])["commitId"]
    assert code.get_commit(repositoryName="app", commitId=made)["commit"]["message"] == text, text
    tip = {"parentCommitId": made}
