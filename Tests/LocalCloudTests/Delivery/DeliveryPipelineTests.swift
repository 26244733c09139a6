import AWSModel
import Testing

@testable import LocalCloud

/// Pushes by the real git, builds in real sandboxes. Needs git and bubblewrap (scripts/setup.sh installs them).
@Suite(.timeLimit(.minutes(10))) struct DeliveryPipelineTests {
    static let passing = """
        version: 0.2
        env:
          parameter-store: {KEY: /app/key}
          exported-variables: [VERSION, KEY]
        phases:
          install: {commands: ["cd /tmp", "X=kept; say() { echo \\"said $1\\"; }"]}
          pre_build: {commands: ["pwd; say $X; echo key=$KEY"]}
          build:
            commands:
              - cd $CODEBUILD_SRC_DIR
              - test -f index.html && VERSION=7
              - mkdir -p r && printf '<testsuite><testcase classname="c" name="t" time="1"/></testsuite>' > r/j.xml
        reports: {unit: {files: [j.xml], base-directory: r}}
        artifacts: {files: [index.html]}
        """

    @Test @CloudActor func aPushIsBuiltApprovedAndDone() async throws {
        try await DeliveryFixture.run { fixture in
            try await fixture.call(
                "ssm", "PutParameter", ["Name": "/app/key", "Type": "SecureString", "Value": "hunter22"])
            try await fixture.commit(["index.html": "v1", "buildspec.yml": Self.passing], "first")
            try await fixture.project()
            try await fixture.pipeline(
                "pipe",
                [
                    ("Source", [DeliveryFixture.source]), ("Build", [DeliveryFixture.build]),
                    ("Approval", [DeliveryFixture.approval]),
                ])
            let untouched = try await fixture.stage("Approval")
            #expect(untouched["latestExecution"] == nil)
            #expect(untouched["inboundTransitionState"] == ["enabled": true])
            #expect(untouched["actionStates"]?.list?.first == ["actionName": "ManualApproval"])

            let open = try await fixture.wait("Approval") {
                $0["actionStates"]?.list?.first?["latestExecution"]?["token"] != nil
            }
            let action = try #require(open["actionStates"]?.list?.first?["latestExecution"])
            #expect(action["status"] == "InProgress")
            #expect(action["summary"] == nil)
            let source = try await fixture.stage("Source")["actionStates"]?.list?.first
            let head = try await fixture.git("rev-parse", "HEAD").line
            #expect(source?["currentRevision"]?["revisionId"] == .string(head))
            #expect(source?["latestExecution"]?["summary"] == "first")
            #expect(source?["latestExecution"]?["externalExecutionId"] == .string(head))

            let log = try await fixture.log()
            #expect(log.contains("/tmp\nsaid kept\nkey=***\n"))
            #expect(!log.contains("hunter22"))
            #expect(log.contains("Phase complete: BUILD State: SUCCEEDED"))
            let build = try await fixture.lastBuild()
            #expect(build["exportedEnvironmentVariables"] == [["name": "VERSION", "value": "7"]])
            let report = try #require(build["reportArns"]?.list?.first)
            let cases = try await fixture.call("codebuild", "DescribeTestCases", ["reportArn": report])["testCases"]?
                .list
            #expect(cases?.first?["status"] == "SUCCEEDED")

            let details = try await fixture.call("codepipeline", "ListActionExecutions", ["pipelineName": "pipe"])
            let resolved = details["actionExecutionDetails"]?.list?.first?["input"]?["resolvedConfiguration"]?[
                "CustomData"]
            #expect(resolved == "Xin chào 7 of main")

            let answer: AWSValue = [
                "pipelineName": "pipe", "stageName": "Approval", "actionName": "ManualApproval",
                "token": action["token"] ?? "", "result": ["summary": "", "status": "Approved"],
            ]
            try await fixture.call("codepipeline", "PutApprovalResult", answer)
            let done = try await fixture.stage("Approval")["actionStates"]?.list?.first?["latestExecution"]
            #expect(done?["summary"] == "Approved by arn:aws:iam::123456789012:root")
            #expect(done?["token"] == nil)
            let again = await #expect(throws: ServiceError.self) {
                try await fixture.call("codepipeline", "PutApprovalResult", answer)
            }
            #expect(again?.code == "ApprovalAlreadyCompletedException")

            // The next push is seen without a trigger.
            try await fixture.commit(["index.html": "v2"], "second")
            _ = try await fixture.wait("Source") {
                $0["actionStates"]?.list?.first?["latestExecution"]?["summary"] == "second"
            }
            let list = try await fixture.call("codepipeline", "ListPipelineExecutions", ["pipelineName": "pipe"])
            let triggers = list["pipelineExecutionSummaries"]?.list?.map { $0["trigger"]?["triggerType"]?.string ?? "" }
            #expect(triggers == ["PollForSourceChanges", "CreatePipeline"])
        }
    }

    @Test @CloudActor func aFailingTestStopsThePipeline() async throws {
        let spec = """
            version: 0.2
            phases:
              build:
                commands: ["echo before", "sh -c 'exit 3'", "echo after"]
                finally: ["echo finally $CODEBUILD_BUILD_SUCCEEDING"]
              post_build: {commands: ["echo post $CODEBUILD_BUILD_SUCCEEDING"]}
            artifacts: {files: [index.html]}
            """
        try await DeliveryFixture.run { fixture in
            try await fixture.commit(["index.html": "v1", "buildspec.yml": spec], "broken")
            try await fixture.project()
            try await fixture.pipeline(
                "pipe",
                [
                    ("Source", [DeliveryFixture.source]), ("Build", [DeliveryFixture.build]),
                    ("Approval", [DeliveryFixture.approval]),
                ])
            let failed = try await fixture.wait("Build", status: "Failed")
            #expect(
                failed["actionStates"]?.list?.first?["latestExecution"]?["errorDetails"] == [
                    "code": "JobFailed",
                    "message":
                        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: sh -c 'exit 3'. Reason: exit status 3",
                ])
            #expect(try await fixture.stage("Approval")["latestExecution"] == nil)
            let log = try await fixture.log()
            #expect(log.contains("finally 0\n") && log.contains("post 0\n") && !log.contains("\nafter\n"))
        }
    }

    @Test @CloudActor func aMissingPermissionFailsAndIsNamed() async throws {
        try await DeliveryFixture.run { fixture in
            try await fixture.commit(["index.html": "v1"], "first")
            try await fixture.project()
            try await fixture.allow(
                "pipeline",
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","codecommit:*"],"Resource":"*"}]}"#
            )
            try await fixture.pipeline(
                "pipe", [("Source", [DeliveryFixture.source]), ("Build", [DeliveryFixture.build])])
            let failed = try await fixture.wait("Build", status: "Failed")
            let error = failed["actionStates"]?.list?.first?["latestExecution"]?["errorDetails"]
            #expect(error?["code"] == "PermissionError")
            #expect(error?["message"]?.string?.contains("codebuild:StartBuild") == true)
        }
    }

    @Test @CloudActor func stoppingABuildEndsItsWholeProcessTree() async throws {
        // The names of its processes tell them from others' on the same machine.
        let mark = "awscicd\(UInt64.random(in: 0 ... .max))"
        let spec = """
            version: 0.2
            phases:
              build:
                commands:
                  - (setsid bash -c 'exec -a \(mark) sleep 987' &) ; echo started; bash -c 'exec -a \(mark) sleep 986'
            """
        try await DeliveryFixture.run { fixture in
            try await fixture.commit(["buildspec.yml": spec], "slow")
            try await fixture.project()
            let started = try await fixture.call(
                "codebuild", "StartBuild",
                [
                    "projectName": "build", "sourceTypeOverride": "CODECOMMIT",
                    "sourceLocationOverride": .string("\(fixture.cloud.endpoint)/v1/repos/app"),
                    "artifactsOverride": ["type": "NO_ARTIFACTS"],
                ])
            let id = try #require(started["build"]?["id"])
            for _ in 0..<4800 where HostProcesses.count(named: mark) < 2 {
                try await Task.sleep(nanoseconds: 50_000_000)
            }
            #expect(HostProcesses.count(named: mark) == 2)
            // The log follows the commands; its group is made by the build.
            var log = ""
            for _ in 0..<4800 where !log.contains("started\n") {
                log = (try? await fixture.log()) ?? ""
                try await Task.sleep(nanoseconds: 50_000_000)
            }
            #expect(log.contains("started\n"))
            let stopped = try await fixture.call("codebuild", "StopBuild", ["id": id])
            #expect(stopped["build"]?["buildStatus"] == "STOPPED")
            #expect(stopped["build"]?["buildComplete"] == true)
            let build = stopped["build"]?["phases"]?.list?.first { $0["phaseType"] == "BUILD" }
            #expect(build?["phaseStatus"] == "STOPPED")
            #expect(HostProcesses.count(named: mark) == 0)
        }
    }

    @Test @CloudActor func gitRefusesAWrongPasswordAndMovesBigPushes() async throws {
        try await DeliveryFixture.run { fixture in
            let noise = (0..<3 << 20).map { _ in UInt8.random(in: 0...255) }
            try BundleFiles.write(noise, to: fixture.folder + "/work/big.bin")
            try await fixture.git("add", "-A")
            try await fixture.git("commit", "-q", "-m", "big")
            await #expect(throws: GitProgram.Failure.self) {
                try await fixture.git("push", "-q", fixture.url(secret: "wrong"), "main")
            }
            try await fixture.git("-c", "http.postBuffer=65536", "push", "-q", fixture.url(), "main")
            let branch = try await fixture.call(
                "codecommit", "GetBranch", ["repositoryName": "app", "branchName": "main"])
            #expect(branch["branch"]?["commitId"]?.string == (try await fixture.git("rev-parse", "HEAD").line))
            try await fixture.git("clone", "-q", fixture.url(), "../clone")
            #expect(BundleFiles.read(fixture.folder + "/clone/big.bin") == noise)

            let made = try await fixture.call(
                "codecommit", "CreateCommit",
                [
                    "repositoryName": "app", "branchName": "main",
                    "parentCommitId": branch["branch"]?["commitId"] ?? "",
                    "putFiles": [["filePath": "a/b.txt", "fileContent": .blob(Array("hi".utf8))]],
                    "deleteFiles": [["filePath": "big.bin"]], "commitMessage": "by API",
                ])
            #expect(made["filesAdded"]?.list?.first?["absolutePath"] == "a/b.txt")
            #expect(made["filesDeleted"]?.list?.first?["absolutePath"] == "big.bin")
            try await fixture.git("pull", "-q", fixture.url(), "main")
            #expect(BundleFiles.read(fixture.folder + "/work/a/b.txt") == Array("hi".utf8))
            let stale = await #expect(throws: ServiceError.self) {
                try await fixture.call(
                    "codecommit", "PutFile",
                    [
                        "repositoryName": "app", "branchName": "main", "filePath": "x", "fileContent": .blob([1]),
                        "parentCommitId": branch["branch"]?["commitId"] ?? "",
                    ])
            }
            #expect(stale?.code == "ParentCommitIdOutdatedException")
        }
    }
}
