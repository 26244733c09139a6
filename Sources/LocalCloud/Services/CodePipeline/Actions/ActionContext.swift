import AWSModel
import FoundationEssentials

/// Why an action failed: what get-pipeline-state shows as its error details.
struct ActionFailure: Error {
    var code: String
    var message: String
    var summary: String?

    init(_ code: String, _ message: String, summary: String? = nil) {
        self.code = code
        self.message = message
        self.summary = summary
    }
}

/// What runs actions of one provider. Adding a provider is adding a type and its line in ``ActionProviders``.
@CloudActor
protocol ActionProvider {
    /// Runs the action to its end, noting its result in the context's run. It is called again, with what it noted, when the
    /// process ended meanwhile.
    static func run(_ context: ActionContext) async throws
}

@CloudActor
enum ActionProviders {
    static func provider(of type: PipelineDefinition.ActionType) -> (any ActionProvider.Type)? {
        switch (type.category, type.provider) {
        case ("Source", "CodeCommit"): CodeCommitSource.self
        case ("Source", "S3"): S3Source.self
        case ("Build", "CodeBuild"), ("Test", "CodeBuild"): CodeBuildAction.self
        case ("Compute", "Commands"): CommandsAction.self
        case ("Approval", "Manual"): ManualApproval.self
        case ("Deploy", "CodeDeploy"): CodeDeployAction.self
        case ("Deploy", "S3"): S3Deploy.self
        default: nil
        }
    }
}

/// One action while it runs: what it is given, and what it has to tell.
@CloudActor
final class ActionContext {
    let service: CodePipelineService
    let key: CodePipelineService.Key
    let executionID: String
    let id: String
    let definition: PipelineDefinition
    let stage: String
    let action: PipelineDefinition.Action
    private(set) var configuration: [String: String] = [:]
    private var assumed: Principal?

    init?(_ service: CodePipelineService, _ key: CodePipelineService.Key, _ effect: PipelineEffect) {
        guard case .run(let execution, let stage, let action, let id) = effect, let engine = service.engine(key),
            let definition = engine.executions[execution].flatMap({ engine.definition(of: $0) }),
            let found = definition.stage(stage)?.action(action)
        else { return nil }
        self.service = service
        self.key = key
        executionID = execution
        self.id = id
        self.definition = definition
        self.stage = stage
        self.action = found
    }

    var cloud: Cloud { service.cloud }
    var region: String { action.region ?? key.region }
    var execution: PipelineExecution? { service.engine(key)?.executions[executionID] }
    var record: ActionRun? { execution?.action(id: id) }
    /// The principal of the pipeline's role, or of the action's own.
    var role: Principal { assumed ?? .service("codepipeline.amazonaws.com", account: key.account) }

    /// Notes something about the running action.
    func note(_ change: (inout ActionRun) -> Void) {
        service.change(key) { engine, now in engine.update(executionID, action: id, now: now, change) }
    }

    func call(_ service: String, _ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await cloud.call(service, operation, input, as: role, region: region)
    }

    func run() async {
        do {
            try await assumeRole()
            configuration = try VariableReferences.resolve(action.configuration, execution, definition)
            let resolved = configuration
            let inputs = action.inputs.compactMap { execution?.artifact($0) }
            note {
                $0.resolvedConfiguration = resolved
                $0.inputs = inputs
            }
            guard let provider = ActionProviders.provider(of: action.type) else {
                throw ActionFailure("ConfigurationError", "The provider \(action.type.provider) does not run here")
            }
            try await withTimeout { try await provider.run(self) }
            end(nil)
        } catch is CancellationError {
            return  // abandoned, answered, or the cloud stops
        } catch let failure as ActionFailure {
            end(failure)
        } catch let error as ServiceError {
            end(
                ActionFailure(
                    error.code.contains("AccessDenied") ? "PermissionError" : "ConfigurationError", error.message))
        } catch let error as BundleError {
            end(ActionFailure("JobFailed", error.message))
        } catch {
            end(ActionFailure("InternalError", "\(error)"))
        }
    }

    private func end(_ failure: ActionFailure?) {
        if Task.isCancelled { return }
        service.change(key) { engine, now in
            engine.finished(executionID, action: id, succeeded: failure == nil, now: now) { run in
                guard let failure else { return }
                run.errorCode = failure.code
                run.errorMessage = failure.message
                run.summary = failure.summary ?? run.summary
            }
        }
    }

    private func assumeRole() async throws {
        do {
            let pipeline = try cloud.iam.assume(
                roleARN: definition.roleARN, by: "codepipeline.amazonaws.com", session: executionID)
            guard let own = action.roleARN else {
                assumed = pipeline
                return
            }
            let answer = try await cloud.call(
                "sts", "AssumeRole", ["RoleArn": .string(own), "RoleSessionName": .string(executionID)], as: pipeline,
                region: region)
            let keys = answer["Credentials"]
            assumed = try cloud.iam.principal(
                accessKeyID: keys?["AccessKeyId"]?.string ?? "", sessionToken: keys?["SessionToken"]?.string)
        } catch {
            let arn = action.roleARN ?? definition.roleARN
            throw ActionFailure(
                "PermissionError",
                "AWS CodePipeline is not authorized to perform AssumeRole on role \(arn). \((error as? ServiceError)?.message ?? "")"
            )
        }
    }

    /// Ends an action that takes longer than its `timeoutInMinutes`. Approvals have their own, longer time.
    private func withTimeout(_ work: @escaping @CloudActor @Sendable () async throws -> Void) async throws {
        guard let minutes = action.timeoutInMinutes, action.type.category != "Approval" else { return try await work() }
        let clock = cloud.clock
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await clock.sleep(limit: Double(minutes) * 60)
                throw ActionFailure("ActionTimedOut", "The action did not finish within \(minutes) minutes")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    // MARK: - Artifacts

    /// A fresh place in the artifact bucket: `<pipeline, 20>/<artifact, 10>/<7 characters>`.
    func place(of artifact: String) -> S3Place {
        S3Place(
            bucket: definition.bucket,
            key: "\(definition.name.prefix(20))/\(artifact.prefix(10))/\(Identifier.alphanumeric(7))")
    }

    var storage: DeliveryStorage { DeliveryStorage(cloud: cloud, principal: role, region: region) }

    /// A folder for the action's files, which goes when `body` ends.
    func withFolder<T>(_ body: @CloudActor (String) async throws -> T) async throws -> T {
        let folder = cloud.workDirectory + "/pipelines/" + id
        try BundleFiles.makeDirectories(folder)
        do {
            let result = try await body(folder)
            await Task.detached { BundleFiles.remove(folder) }.value
            return result
        } catch {
            await Task.detached { BundleFiles.remove(folder) }.value
            throw error
        }
    }

    func store(_ file: String, as artifact: String) async throws -> PipelineArtifact {
        let place = place(of: artifact)
        do {
            _ = try await call("s3", "GetBucketVersioning", ["Bucket": .string(place.bucket)])
            try await storage.store(
                file, at: place, encryptionKey: definition.encryptionKey, contentType: "application/zip")
        } catch let error as ServiceError {
            throw ActionFailure(
                error.code.contains("AccessDenied") ? "PermissionError" : "ConfigurationError",
                "Unable to store the artifact \(artifact) in the Amazon S3 artifact bucket \(place.bucket): \(error.message)"
            )
        }
        return PipelineArtifact(name: artifact, place: place)
    }

    func input(_ name: String) throws -> PipelineArtifact {
        guard let artifact = execution?.artifact(name) else {
            throw ActionFailure(
                "ConfigurationError", "The input artifact \(name) has not been produced in this execution")
        }
        return artifact
    }
}
