import AWSModel
import AWSSigning
import FoundationEssentials
import Subprocess
import Testing

@testable import LocalCloud

/// A served cloud with a bucket, roles and a repository, and a working copy that the real git pushes from.
@CloudActor
final class DeliveryFixture {
    static let account = "123456789012"
    static let region = "us-east-1"
    let cloud: Cloud
    let folder: String
    let root = Principal.root(of: DeliveryFixture.account)
    static let everything = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#

    /// Runs `body` with a cloud that is stopped after it.
    static func run(_ body: @CloudActor (DeliveryFixture) async throws -> Void) async throws {
        let fixture = try await DeliveryFixture()
        do {
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }

    private init() async throws {
        cloud = try Cloud(CloudConfiguration(port: 0))
        try await cloud.start()
        folder = FileManager.default.temporaryDirectory.path + "/delivery-\(Identifier.hex(12))"
        try BundleFiles.makeDirectories(folder + "/work")
        try await call("s3", "CreateBucket", ["Bucket": "artifacts"])
        try await role("pipeline", trusting: "codepipeline.amazonaws.com", policy: Self.everything)
        try await role("build", trusting: "codebuild.amazonaws.com", policy: Self.everything)
        try await call("codecommit", "CreateRepository", ["repositoryName": "app"])
        try await git("init", "-q", "-b", "main")
    }

    private func end() async {
        await cloud.stop()
        BundleFiles.remove(folder)
    }

    @discardableResult
    func call(_ service: String, _ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await cloud.call(service, operation, input, as: root, region: Self.region)
    }

    func role(_ name: String, trusting service: String, policy: String) async throws {
        let trust =
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"\(service)\"},\"Action\":\"sts:AssumeRole\"}]}"
        try await call("iam", "CreateRole", ["RoleName": .string(name), "AssumeRolePolicyDocument": .string(trust)])
        try await allow(name, policy)
    }

    func allow(_ role: String, _ policy: String) async throws {
        try await call(
            "iam", "PutRolePolicy", ["RoleName": .string(role), "PolicyName": "p", "PolicyDocument": .string(policy)])
    }

    static func arn(_ role: String) -> String { "arn:aws:iam::\(account):role/\(role)" }

    // MARK: - git

    @discardableResult
    func git(_ arguments: String...) async throws -> GitProgram.Output {
        try await GitProgram.check(
            arguments, in: folder + "/work",
            environment: [
                "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a",
                "GIT_COMMITTER_EMAIL": "a@b",
            ])
    }

    /// The clone URL with a signed password, as the credential helpers make it.
    func url(secret: String = "test") -> String {
        let made = SigV4.codeCommitPassword(
            credentials: Credentials(
                accessKeyID: "test", secretAccessKey: secret, sessionToken: nil, expiration: nil, source: "test"),
            region: Self.region, host: "127.0.0.1", path: "/v1/repos/app", at: CloudClock.realNow)
        return "http://\(made.userName):\(made.password)@127.0.0.1:\(cloud.port)/v1/repos/app"
    }

    func commit(_ files: [String: String], _ message: String) async throws {
        for (name, text) in files { try BundleFiles.write(Array(text.utf8), to: folder + "/work/" + name) }
        try await git("add", "-A")
        try await git("commit", "-q", "-m", message)
        try await git("push", "-q", url(), "main")
    }

    // MARK: - Pipelines

    func project(_ name: String = "build") async throws {
        try await call(
            "codebuild", "CreateProject",
            [
                "name": .string(name), "source": ["type": "CODEPIPELINE"], "artifacts": ["type": "CODEPIPELINE"],
                "environment": [
                    "type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                    "computeType": "BUILD_GENERAL1_SMALL",
                ],
                "serviceRole": .string(Self.arn("build")),
            ])
    }

    static func action(
        _ name: String, _ category: String, _ provider: String, _ configuration: AWSValue, inputs: [String] = [],
        outputs: [String] = [], namespace: String? = nil
    ) -> AWSValue {
        .structure([
            "name": .string(name),
            "actionTypeId": [
                "category": .string(category), "owner": "AWS", "provider": .string(provider), "version": "1",
            ],
            "configuration": configuration, "inputArtifacts": .list(inputs.map { ["name": .string($0)] }),
            "outputArtifacts": .list(outputs.map { ["name": .string($0)] }),
            "namespace": namespace.map(AWSValue.string),
        ])
    }

    static let source = action(
        "Source", "Source", "CodeCommit", ["RepositoryName": "app", "BranchName": "main"], outputs: ["Src"],
        namespace: "Source")
    static let build = action(
        "Build", "Build", "CodeBuild", ["ProjectName": "build"], inputs: ["Src"], outputs: ["Built"], namespace: "Build"
    )
    static let approval = action(
        "ManualApproval", "Approval", "Manual", ["CustomData": "Xin chào #{Build.VERSION} of #{Source.BranchName}"])

    func pipeline(_ name: String = "pipe", _ stages: [(String, [AWSValue])]) async throws {
        try await call(
            "codepipeline", "CreatePipeline",
            [
                "pipeline": [
                    "name": .string(name), "pipelineType": "V2", "roleArn": .string(Self.arn("pipeline")),
                    "artifactStore": ["type": "S3", "location": "artifacts"],
                    "stages": .list(stages.map { ["name": .string($0.0), "actions": .list($0.1)] }),
                ]
            ])
    }

    func stage(_ name: String, of pipeline: String = "pipe") async throws -> AWSValue {
        let state = try await call("codepipeline", "GetPipelineState", ["name": .string(pipeline)])
        return try #require(state["stageStates"]?.list?.first { $0["stageName"]?.string == name })
    }

    /// Waits until a stage has a status; the limit only ends a test that would never end.
    func wait(_ stage: String, until wanted: (AWSValue) -> Bool) async throws -> AWSValue {
        for _ in 0..<4800 {
            let state = try await self.stage(stage)
            if wanted(state) { return state }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        Issue.record("stage \(stage) never came to what was waited for: \(try await self.stage(stage))")
        throw CancellationError()
    }

    func wait(_ stage: String, status: String) async throws -> AWSValue {
        try await wait(stage) { $0["latestExecution"]?["status"]?.string == status }
    }

    /// All lines of the log of the project's latest build.
    func log(_ project: String = "build") async throws -> String {
        let build = try await lastBuild(project)
        let events = try await call(
            "logs", "GetLogEvents",
            [
                "logGroupName": build["logs"]?["groupName"] ?? "", "logStreamName": build["logs"]?["streamName"] ?? "",
                "startFromHead": true,
            ])
        return (events["events"]?.list ?? []).compactMap { $0["message"]?.string }.joined()
    }

    func lastBuild(_ project: String = "build") async throws -> AWSValue {
        let ids =
            try await call("codebuild", "ListBuildsForProject", ["projectName": .string(project)])["ids"]?.list ?? []
        let id = try #require(ids.first)
        return try #require(try await call("codebuild", "BatchGetBuilds", ["ids": [id]])["builds"]?.list?.first)
    }
}
