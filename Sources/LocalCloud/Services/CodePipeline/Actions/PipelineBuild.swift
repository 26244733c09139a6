import AWSModel

/// What actions and rules that build have in common: the build is one of CodeBuild's, made in the name of a pipeline's role.
@CloudActor
struct PipelineBuild {
    let cloud: Cloud
    let pipeline: CodePipelineService.Key
    let region: String
    let role: Principal
    /// Resolved.
    let configuration: [String: String]
    /// Names of the artifacts that it is given.
    let inputNames: [String]
    let execution: PipelineExecution?
    let definition: PipelineDefinition

    init(_ context: ActionContext) {
        (cloud, pipeline, region, role) = (context.cloud, context.key, context.region, context.role)
        (configuration, inputNames) = (context.configuration, context.action.inputs)
        (execution, definition) = (context.execution, context.definition)
    }

    init(
        _ cloud: Cloud, _ pipeline: CodePipelineService.Key, _ rule: PipelineDefinition.Rule,
        _ configuration: [String: String], as role: Principal, _ execution: PipelineExecution,
        _ definition: PipelineDefinition
    ) {
        (self.cloud, self.pipeline, self.role) = (cloud, pipeline, role)
        (self.configuration, self.execution, self.definition) = (configuration, execution, definition)
        region = rule.region ?? pipeline.region
        inputNames = rule.inputs
    }

    var project: String { configuration["ProjectName"] ?? "" }
    var primary: String { configuration["PrimarySource"] ?? inputNames.first ?? "" }

    func inputs() throws(ActionFailure) -> [BuildRecord.PipelineJob.Input] {
        try inputNames.map { name throws(ActionFailure) in
            guard let artifact = execution?.artifact(name) else {
                throw ActionFailure(
                    "ConfigurationError", "The input artifact \(name) has not been produced in this execution")
            }
            return .init(name: name, place: artifact.place)
        }
    }

    /// Checks that the role may do to the project what the build takes.
    func authorize(_ actions: [String]) throws(ActionFailure) {
        let arn = "arn:aws:codebuild:\(region):\(pipeline.account):project/\(project)"
        for action in actions {
            do {
                try cloud.iam.authorize(role, action: "codebuild:\(action)", resource: arn)
            } catch {
                let call = actions[0].prefix(1).lowercased() + actions[0].dropFirst()
                throw ActionFailure("PermissionError", "Error calling \(call): \(error.message)")
            }
        }
    }

    /// The call of CodeBuild that starts it.
    func request() throws(ActionFailure) -> (AWSValue, CallContext) {
        var input: AWSValue = ["projectName": .string(project)]
        if let text = configuration["EnvironmentVariables"] {
            guard let variables = try? JSON.parse(Array(text.utf8)).list else {
                throw ActionFailure("ConfigurationError", "EnvironmentVariables is not a JSON array: \(text)")
            }
            let resolved = try variables.map { variable throws(ActionFailure) in
                var variable = variable
                if let value = variable["value"]?.string {
                    variable["value"] = .string(try VariableReferences.resolve(value, execution, definition))
                }
                return variable
            }
            input["environmentVariablesOverride"] = .list(resolved)
        }
        if let spec = configuration["BuildspecOverride"] { input["buildspecOverride"] = .string(spec) }
        if let place = try inputs().first(where: { $0.name == primary })?.place {
            input["sourceVersion"] = .string("arn:aws:s3:::\(place.bucket)/\(place.key)")
        }
        return (input, call)
    }

    private var call: CallContext {
        CallContext(
            cloud: cloud, account: pipeline.account, region: region, requestID: Identifier.uuid(), principal: role,
            sourceIP: "codepipeline.amazonaws.com")
    }

    // MARK: - Builds

    /// A build of the project, not started yet.
    func record(outputs: [BuildRecord.PipelineJob.Output]) throws -> BuildRecord {
        let (input, call) = try request()
        let job = BuildRecord.PipelineJob(
            inputs: try inputs(), primary: primary, outputs: outputs,
            revision: execution?.artifact(primary)?.revisionID)
        do {
            var record = try cloud.service(CodeBuildService.self).makeRecord(input, call, pipeline: job)
            record.initiator = "codepipeline/\(pipeline.name)"
            return record
        } catch let error as ServiceError {
            throw ActionFailure("ConfigurationError", "Error calling startBuild: \(error.message)")
        }
    }

    /// A build of commands alone, without a project.
    ///
    /// - Parameter spec: Sections of a buildspec besides its commands.
    func record(
        commands: [String], spec: AWSMap = [:], variables: [AWSValue] = [],
        outputs: [BuildRecord.PipelineJob.Output] = [], roleARN: String
    ) throws -> BuildRecord {
        let lines = try commands.map { line throws(ActionFailure) in
            AWSValue.string(try VariableReferences.resolve(line, execution, definition))
        }
        var spec = spec
        spec["version"] = "0.2"
        spec["phases"] = ["build": ["commands": .list(lines)]]
        let uuid = Identifier.uuid()
        return BuildRecord(
            id: "codepipeline-\(pipeline.name):\(uuid)", project: "codepipeline-\(pipeline.name)", number: 1,
            started: cloud.clock.now,
            source: [
                "type": "CODEPIPELINE", "buildspec": .string(String(decoding: JSON.write(.map(spec)), as: UTF8.self)),
            ],
            artifacts: ["type": "CODEPIPELINE"],
            environment: [
                "type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL", "environmentVariables": .list(variables),
            ],
            logGroup: "/aws/codepipeline/\(pipeline.name)", logStream: uuid, serviceRole: roleARN,
            timeoutInMinutes: 60, queuedTimeoutInMinutes: 480, encryptionKey: "",
            initiator: "codepipeline/\(pipeline.name)",
            pipeline: .init(inputs: try inputs(), primary: primary, outputs: outputs))
    }

    /// Returns a build once it has ended; cancelled, it ends the build.
    func wait(for id: String) async throws -> BuildRecord {
        let builds = cloud.service(CodeBuildService.self)
        await withTaskCancellationHandler {
            await builds.wait(for: id, account: pipeline.account, region: region)
        } onCancel: {
            Task { @CloudActor in builds.run(id)?.end(.stopped) }
        }
        try Task.checkCancellation()
        guard let build = builds.builds[pipeline.account, region, id] else {
            throw ActionFailure("JobFailed", "Build \(id) is gone")
        }
        return build
    }

    /// Why a build did not succeed, as CodePipeline words it; nil for one that did.
    static func failure(of build: BuildRecord) -> ActionFailure? {
        guard build.status != .succeeded else { return nil }
        let failed = build.phases.first { $0.status != nil && $0.status != .succeeded }
        let cause = failed?.contexts.first
        var message = "Build terminated with state: \(build.status.rawValue)"
        if let failed, build.status == .failed || build.status == .fault {
            message += ". Phase: \(failed.type), Code: \(cause?.code ?? ""), Message: \(cause?.message ?? "")"
        }
        return ActionFailure("JobFailed", message)
    }
}
