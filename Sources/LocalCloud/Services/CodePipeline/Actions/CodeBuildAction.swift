import AWSModel

/// A build of a project, with the action's artifacts as its sources and the pipeline's bucket for what it makes.
enum CodeBuildAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        if context.configuration["BatchEnabled"] == "true" { return try await CodeBuildBatchAction.run(context) }
        let build = PipelineBuild(context)
        if context.record?.externalID == nil {
            try build.authorize(["StartBuild", "BatchGetBuilds"])
            let record = try build.record(
                outputs: context.action.outputs.map { .init(name: $0.name, place: context.place(of: $0.name)) })
            note(context, record)
            context.cloud.service(CodeBuildService.self)
                .launch(record, account: context.key.account, region: context.region)
        }
        guard let id = context.record?.externalID else { return }
        try finish(context, try await build.wait(for: id))
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
        if let failure = PipelineBuild.failure(of: build) { throw failure }
        let outputs = build.pipeline?.outputs ?? []
        let variables = Dictionary(build.exported.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        context.note {
            $0.outputs = outputs.map { PipelineArtifact(name: $0.name, place: $0.place) }
            $0.variables = variables
        }
    }
}
