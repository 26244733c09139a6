import AWSModel

/// Shell commands in a build environment of the pipeline's own, with the pipeline's role.
enum CommandsAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let build = PipelineBuild(context)
        if context.record?.externalID == nil { try start(context, build) }
        guard let id = context.record?.externalID else { return }
        try CodeBuildAction.finish(context, try await build.wait(for: id))
    }

    private static func start(_ context: ActionContext, _ build: PipelineBuild) throws {
        var spec: AWSMap = [
            "env": ["exported-variables": .list(context.action.outputVariables.map(AWSValue.string))]
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
        let record = try build.record(
            commands: context.action.commands, spec: spec, variables: variables,
            outputs: context.action.outputs.map { .init(name: $0.name, place: context.place(of: $0.name)) },
            roleARN: context.action.roleARN ?? context.definition.roleARN)
        CodeBuildAction.note(context, record)
        context.cloud.service(CodeBuildService.self)
            .launch(record, account: context.key.account, region: context.region, as: context.role)
    }
}
