import AWSModel

/// A batch build of a project (`BatchEnabled`): the builds of the buildspec's `batch` section, each with the action's
/// artifacts as its sources.
///
/// An output is the artifact of one build: IDENTIFIER the primary one, IDENTIFIER_NAME the secondary one of that name.
/// With `CombineArtifacts` there is one output, which holds the files of all; of files of the same name the later build's.
enum CodeBuildBatchAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let project = context.configuration["ProjectName"] ?? ""
        let service = context.cloud.service(CodeBuildService.self)
        let (account, region) = (context.key.account, context.region)
        if context.record?.externalID == nil { try await start(context, project, service) }
        guard let id = context.record?.externalID else { return }
        await withTaskCancellationHandler {
            await service.wait(forBatch: id, account: account, region: region)
        } onCancel: {
            Task { @CloudActor in service.stop(batch: id, account: account, region: region) }
        }
        try Task.checkCancellation()
        guard let batch = service.batches[account, region, id] else {
            throw ActionFailure("JobFailed", "The batch \(id) is gone")
        }
        guard batch.status == .succeeded else {
            let failed = batch.members.filter { ($0.status ?? .succeeded) != .succeeded }.map(\.identifier)
            throw ActionFailure(
                "JobFailed",
                "Build batch terminated with state: \(batch.status.rawValue)"
                    + (failed.isEmpty ? "" : ". Builds that did not succeed: \(failed.joined(separator: ", "))"))
        }
        let builds = batch.members.compactMap { $0.buildID }.compactMap { service.builds[account, region, $0] }
        let made = builds.flatMap { $0.pipeline?.outputs ?? [] }
        if isCombined(context) {
            try await combine(made.map(\.place), context)
        } else {
            context.note { $0.outputs = made.map { PipelineArtifact(name: $0.name, place: $0.place) } }
        }
    }

    private static func isCombined(_ context: ActionContext) -> Bool {
        context.configuration["CombineArtifacts"] == "true" && !context.action.outputs.isEmpty
    }

    private static func start(_ context: ActionContext, _ project: String, _ service: CodeBuildService) async throws {
        let build = PipelineBuild(context)
        try build.authorize(["StartBuildBatch", "BatchGetBuildBatches"])
        let (input, call) = try build.request()
        let inputs = try build.inputs()
        let primary = build.primary
        let revision = context.execution?.artifact(primary)?.revisionID
        let places = Dictionary(
            context.action.outputs.map { ($0.name, context.place(of: $0.name)) }, uniquingKeysWith: { $1 })
        let combined = isCombined(context) ? context.action.outputs.first?.name : nil
        let (bucket, prefix) = (context.definition.bucket, "\(context.definition.name.prefix(20))/batch")
        let job: @Sendable (String) -> BuildRecord.PipelineJob? = { identifier in
            var outputs: [BuildRecord.PipelineJob.Output] = []
            if let combined {
                let place = S3Place(bucket: bucket, key: "\(prefix)/\(Identifier.alphanumeric(7))")
                outputs = [.init(name: combined, place: place)]
            } else {
                for (name, place) in places.sorted(by: { $0.key < $1.key }) {
                    if name == identifier { outputs.insert(.init(name: name, place: place), at: 0) }
                    guard name.hasPrefix(identifier + "_") else { continue }
                    outputs.append(
                        .init(name: name, place: place, artifact: String(name.dropFirst(identifier.count + 1))))
                }
            }
            return .init(inputs: inputs, primary: primary, outputs: outputs, revision: revision)
        }
        do {
            var pattern = try service.makeRecord(
                input, call, pipeline: .init(inputs: inputs, primary: primary, outputs: []))
            pattern.initiator = "codepipeline/\(context.key.name)"
            let spec = try await buildSpec(pattern, inputs.first { $0.name == primary }?.place, context)
            let batch = try service.launchBatch(input, call, pattern, spec: spec, job: job)
            let console = "https://console.aws.amazon.com/codebuild/home?region=\(context.region)#/projects/\(project)"
            context.note {
                $0.externalID = batch.id
                $0.externalURL = "\(console)/batch/\(batch.id)"
            }
        } catch let error as ServiceError {
            throw ActionFailure("ConfigurationError", "Error calling startBuildBatch: \(error.message)")
        }
    }

    /// The buildspec: the project's own text, or a file of the primary source.
    private static func buildSpec(
        _ pattern: BuildRecord, _ source: S3Place?, _ context: ActionContext
    ) async throws -> String {
        let given = pattern.source["buildspec"]?.string ?? ""
        if given.contains("\n") { return given }
        let name = given.isEmpty ? "buildspec.yml" : given
        guard let source else { throw CodeBuildService.invalid("The action has no source with a buildspec") }
        return try await context.withFolder { folder in
            let bundle = folder + "/source.zip"
            try await context.storage.fetch(source, to: bundle)
            guard let bytes = try await Task.detached(operation: { try BundleReader.file(name, in: bundle) }).value
            else {
                throw CodeBuildService.invalid("The buildspec \(name) is not in the source")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func combine(_ places: [S3Place], _ context: ActionContext) async throws {
        guard let output = context.action.outputs.first?.name else { return }
        let artifact = try await context.withFolder { folder in
            for (at, place) in places.enumerated() {
                try await context.storage.fetch(place, to: "\(folder)/\(at).zip")
            }
            let zip = folder + "/combined.zip"
            try await Task.detached {
                var files: [String: String] = [:]
                for at in places.indices {
                    let content = "\(folder)/\(at)"
                    try BundleFiles.makeDirectories(content)
                    try BundleReader.unpack("\(content).zip", into: content)
                    for name in BundleFiles.files(below: content) { files[name] = "\(content)/\(name)" }
                }
                try BundleWriter.zip(
                    files.sorted { $0.key < $1.key }.map { .init(name: $0.key, path: $0.value) }, to: zip)
            }.value
            return try await context.store(zip, as: output)
        }
        context.note { $0.outputs = [artifact] }
    }
}
