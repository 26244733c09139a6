import AWSModel

/// A build of a project, with the action's artifacts as its sources and the pipeline's bucket for what it makes.
enum CodeBuildAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        if context.configuration["BatchEnabled"] == "true" { return try await CodeBuildBatchAction.run(context) }
        let project = context.configuration["ProjectName"] ?? ""
        let builds = context.cloud.service(CodeBuildService.self)
        if context.record?.externalID == nil { try start(context, project, builds) }
        guard let id = context.record?.externalID else { return }
        await withTaskCancellationHandler {
            await builds.wait(for: id, account: context.key.account, region: context.region)
        } onCancel: {
            Task { @CloudActor in builds.run(id)?.end(.stopped) }
        }
        try Task.checkCancellation()
        guard let build = builds.builds[context.key.account, context.region, id] else {
            throw ActionFailure("JobFailed", "Build \(id) is gone")
        }
        try finish(context, build)
    }

    private static func start(_ context: ActionContext, _ project: String, _ builds: CodeBuildService) throws {
        try authorize(context, project, ["StartBuild", "BatchGetBuilds"])
        let (input, call) = try request(context, project)
        let job = BuildRecord.PipelineJob(
            inputs: try inputs(context), primary: primary(context),
            outputs: context.action.outputs.map { .init(name: $0.name, place: context.place(of: $0.name)) },
            revision: context.execution?.artifact(primary(context))?.revisionID)
        do {
            var record = try builds.makeRecord(input, call, pipeline: job)
            record.initiator = "codepipeline/\(context.key.name)"
            note(context, record)
            builds.launch(record, account: context.key.account, region: context.region)
        } catch let error as ServiceError {
            throw ActionFailure("ConfigurationError", "Error calling startBuild: \(error.message)")
        }
    }

    /// Checks that the pipeline's role may do to the project what the action does.
    static func authorize(_ context: ActionContext, _ project: String, _ actions: [String]) throws {
        let arn = "arn:aws:codebuild:\(context.region):\(context.key.account):project/\(project)"
        for action in actions {
            do {
                try context.cloud.iam.authorize(context.role, action: "codebuild:\(action)", resource: arn)
            } catch {
                let call = actions[0].prefix(1).lowercased() + actions[0].dropFirst()
                throw ActionFailure("PermissionError", "Error calling \(call): \(error.message)")
            }
        }
    }

    static func primary(_ context: ActionContext) -> String {
        context.configuration["PrimarySource"] ?? context.action.inputs.first ?? ""
    }

    static func inputs(_ context: ActionContext) throws -> [BuildRecord.PipelineJob.Input] {
        try context.action.inputs.map { .init(name: $0, place: try context.input($0).place) }
    }

    /// The call that the action makes of CodeBuild, in the name of the pipeline's role.
    static func request(_ context: ActionContext, _ project: String) throws -> (AWSValue, CallContext) {
        var input: AWSValue = ["projectName": .string(project)]
        if let text = context.configuration["EnvironmentVariables"] {
            guard let variables = try? JSON.parse(Array(text.utf8)).list else {
                throw ActionFailure(
                    "ConfigurationError", "EnvironmentVariables of action \(context.action.name) is not a JSON array")
            }
            let resolved = try variables.map { variable throws(ActionFailure) in
                var variable = variable
                if let value = variable["value"]?.string {
                    variable["value"] = .string(
                        try VariableReferences.resolve(value, context.execution, context.definition))
                }
                return variable
            }
            input["environmentVariablesOverride"] = .list(resolved)
        }
        if let spec = context.configuration["BuildspecOverride"] { input["buildspecOverride"] = .string(spec) }
        if let place = try inputs(context).first(where: { $0.name == primary(context) })?.place {
            input["sourceVersion"] = .string("arn:aws:s3:::\(place.bucket)/\(place.key)")
        }
        let call = CallContext(
            cloud: context.cloud, account: context.key.account, region: context.region, requestID: Identifier.uuid(),
            principal: context.role, sourceIP: "codepipeline.amazonaws.com")
        return (input, call)
    }

    static func note(_ context: ActionContext, _ record: BuildRecord) {
        let console =
            "https://console.aws.amazon.com/codebuild/home?region=\(context.region)#/builds/\(record.id)/view/new"
        let value = record.value(account: context.key.account, region: context.region)
        context.note {
            $0.externalID = record.id
            $0.externalURL = console
            $0.logStreamARN = value["logs"]?["cloudWatchLogsArn"]?.string
        }
    }

    static func finish(_ context: ActionContext, _ build: BuildRecord) throws {
        guard build.status == .succeeded else {
            let failed = build.phases.first { $0.status != nil && $0.status != .succeeded }
            let cause = failed?.contexts.first
            var message = "Build terminated with state: \(build.status.rawValue)"
            if let failed, build.status == .failed || build.status == .fault {
                message += ". Phase: \(failed.type), Code: \(cause?.code ?? ""), Message: \(cause?.message ?? "")"
            }
            throw ActionFailure("JobFailed", message)
        }
        let outputs = build.pipeline?.outputs ?? []
        let variables = Dictionary(build.exported.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        context.note {
            $0.outputs = outputs.map { PipelineArtifact(name: $0.name, place: $0.place) }
            $0.variables = variables
        }
    }
}

/// Shell commands in a build environment of the pipeline's own, with the pipeline's role.
enum CommandsAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let builds = context.cloud.service(CodeBuildService.self)
        if context.record?.externalID == nil { try start(context, builds) }
        guard let id = context.record?.externalID else { return }
        await withTaskCancellationHandler {
            await builds.wait(for: id, account: context.key.account, region: context.region)
        } onCancel: {
            Task { @CloudActor in builds.run(id)?.end(.stopped) }
        }
        try Task.checkCancellation()
        guard let build = builds.builds[context.key.account, context.region, id] else {
            throw ActionFailure("JobFailed", "The commands' build \(id) is gone")
        }
        try CodeBuildAction.finish(context, build)
    }

    private static func start(_ context: ActionContext, _ builds: CodeBuildService) throws {
        let commands = try context.action.commands.map { command throws(ActionFailure) in
            try VariableReferences.resolve(command, context.execution, context.definition)
        }
        var spec: AWSMap = [
            "version": "0.2", "phases": ["build": ["commands": .list(commands.map(AWSValue.string))]],
            "env": ["exported-variables": .list(context.action.outputVariables.map(AWSValue.string))],
        ]
        if let output = context.action.outputs.first {
            spec["artifacts"] = ["files": .list((output.files.isEmpty ? ["**/*"] : output.files).map(AWSValue.string))]
        }
        let variables = try context.action.environment.map { item throws(ActionFailure) -> AWSValue in
            [
                "name": .string(item.name), "type": .string(item.type),
                "value": .string(try VariableReferences.resolve(item.value, context.execution, context.definition)),
            ]
        }
        let job = BuildRecord.PipelineJob(
            inputs: try CodeBuildAction.inputs(context), primary: CodeBuildAction.primary(context),
            outputs: context.action.outputs.map { .init(name: $0.name, place: context.place(of: $0.name)) })
        let uuid = Identifier.uuid()
        let record = BuildRecord(
            id: "codepipeline-\(context.key.name):\(uuid)", project: "codepipeline-\(context.key.name)", number: 1,
            started: context.cloud.clock.now,
            source: [
                "type": "CODEPIPELINE", "buildspec": .string(String(decoding: JSON.write(.map(spec)), as: UTF8.self)),
            ],
            artifacts: ["type": "CODEPIPELINE"],
            environment: [
                "type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "computeType": "BUILD_GENERAL1_SMALL", "environmentVariables": .list(variables),
            ],
            logGroup: "/aws/codepipeline/\(context.key.name)", logStream: uuid,
            serviceRole: context.action.roleARN ?? context.definition.roleARN, timeoutInMinutes: 60,
            queuedTimeoutInMinutes: 480,
            encryptionKey: "", initiator: "codepipeline/\(context.key.name)", pipeline: job)
        CodeBuildAction.note(context, record)
        builds.launch(record, account: context.key.account, region: context.region, as: context.role)
    }
}
