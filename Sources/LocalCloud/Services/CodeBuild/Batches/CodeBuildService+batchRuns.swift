import AWSModel

/// Batches while they run: builds in their order.
extension CodeBuildService {
    /// Starts a batch.
    ///
    /// - Parameters:
    ///   - pattern: What a single build of this call would be.
    ///   - spec: The buildspec with its `batch` section.
    ///   - job: What a pipeline gives the build of an identifier, and wants of it.
    func launchBatch(
        _ input: AWSValue, _ context: CallContext, _ pattern: BuildRecord, spec: String, token: StartToken? = nil,
        job: @escaping @Sendable (String) -> BuildRecord.PipelineJob?
    ) throws -> BatchRecord {
        let project = try project(pattern.project, context)
        guard project.settings["buildBatchConfig"] != nil else {
            throw Self.invalid("Project \(project.name) has no buildBatchConfig, which a batch build needs")
        }
        let read: BuildSpec
        do {
            read = try BuildSpec(yaml: spec)
        } catch {
            throw Self.invalid("The buildspec cannot be read: \(error.message)")
        }
        guard let batch = read.batch else { throw Self.invalid("The buildspec has no batch section") }
        guard !batch.isFanout else {
            throw Self.invalid(
                "build-fanout is not built into the local cloud: list the parts of the tests in build-list")
        }
        let number = (counters[context.account, context.region, "batch/\(project.name)"] ?? 0) + 1
        counters[context.account, context.region, "batch/\(project.name)"] = number
        let record = BatchRecord(
            id: "\(project.name):\(Identifier.uuid())", project: project.name, number: number, started: cloud.clock.now,
            members: batch.builds.map {
                .init(identifier: $0.identifier, dependsOn: $0.dependsOn, ignoreFailure: $0.ignoreFailure)
            },
            environment: pattern.environment, source: pattern.source, sourceVersion: pattern.sourceVersion,
            serviceRole: pattern.serviceRole, initiator: pattern.initiator, token: token, spec: spec, call: input)
        batches[context.account, context.region, record.id] = record
        cloud.spawn { await self.runBatch(record.id, batch, input, context, job) }
        return record
    }

    /// Returns when a batch has ended.
    func wait(forBatch id: String, account: String, region: String) async {
        guard let batch = batches[account, region, id], batch.ended == nil else { return }
        await waitForWaking(id)
    }

    /// Runs the builds of a batch that have not succeeded: all at the first try.
    func runBatch(
        _ id: String, _ spec: BuildBatchSpec, _ input: AWSValue, _ context: CallContext,
        _ job: @escaping @Sendable (String) -> BuildRecord.PipelineJob?
    ) async {
        let members = batches[context.account, context.region, id]?.members ?? []
        var done = Set(members.filter { $0.status == .succeeded }.map(\.identifier))
        var open = spec.builds.filter { !done.contains($0.identifier) }
        var failed: Set<String> = []
        while !open.isEmpty {
            if batches[context.account, context.region, id]?.isStopping == true { break }
            let ready = open.filter { $0.dependsOn.allSatisfy(done.contains) }
            open.removeAll { build in ready.contains { $0.identifier == build.identifier } }
            if ready.isEmpty { break }  // what is left depends on something that failed
            await withTaskGroup(of: (String, Bool).self) { group in
                for build in ready {
                    group.addTask {
                        await (build.identifier, self.runMember(id, build, input, context, job(build.identifier)))
                    }
                }
                for await (identifier, succeeded) in group {
                    let ignored = spec.builds.first { $0.identifier == identifier }?.ignoreFailure == true
                    if succeeded || ignored { done.insert(identifier) } else { failed.insert(identifier) }
                }
            }
            if spec.fastFail, !failed.isEmpty { break }
        }
        let now = cloud.clock.now
        let isFailed = !failed.isEmpty || !open.isEmpty
        batches.update(context.account, context.region, id) {
            $0.status = $0.isStopping ? .stopped : isFailed ? .failed : .succeeded
            $0.ended = now
        }
        wake(id)
    }

    private func runMember(
        _ id: String, _ build: BuildBatchSpec.Build, _ input: AWSValue, _ context: CallContext,
        _ job: BuildRecord.PipelineJob?
    ) async -> Bool {
        var input = input
        if let spec = build.buildspec { input["buildspecOverride"] = .string(spec) }
        if let image = build.image { input["imageOverride"] = .string(image) }
        if let type = build.computeType { input["computeTypeOverride"] = .string(type) }
        if let type = build.type { input["environmentTypeOverride"] = .string(type) }
        if let isPrivileged = build.isPrivileged { input["privilegedModeOverride"] = .bool(isPrivileged) }
        let given = input["environmentVariablesOverride"]?.list ?? []
        let own = build.variables.map { AWSValue.structure(["name": .string($0.name), "value": .string($0.value)]) }
        let identifier: AWSValue = ["name": "CODEBUILD_BATCH_BUILD_IDENTIFIER", "value": .string(build.identifier)]
        input["environmentVariablesOverride"] = .list(own + [identifier] + given)
        let arn = "arn:aws:codebuild:\(context.region):\(context.account):build-batch/\(id)"
        // Between the look at the batch and this task's turn it may have been stopped.
        guard batches[context.account, context.region, id]?.isStopping == false else { return false }
        let record: BuildRecord
        do {
            record = try makeRecord(input, context, pipeline: job, batch: arn)
        } catch {
            cloud.configuration.log?("codebuild: build \(build.identifier) of batch \(id) cannot start: \(error)")
            set(id, build.identifier, context) { $0.status = .fault }
            return false
        }
        set(id, build.identifier, context) {
            $0.buildID = record.id
            $0.status = .inProgress
        }
        launch(record, account: context.account, region: context.region)
        await wait(for: record.id, account: context.account, region: context.region)
        let status = builds[context.account, context.region, record.id]?.status ?? .fault
        set(id, build.identifier, context) { $0.status = status }
        return status == .succeeded
    }

    private func set(
        _ id: String, _ identifier: String, _ context: CallContext, _ change: (inout BatchRecord.Member) -> Void
    ) {
        batches.update(context.account, context.region, id) { batch in
            if let at = batch.members.firstIndex(where: { $0.identifier == identifier }) { change(&batch.members[at]) }
        }
    }

    /// Ends a batch and every build of it that runs.
    func stop(batch id: String, account: String, region: String) {
        batches.update(account, region, id) { $0.isStopping = $0.ended == nil }
        for member in batches[account, region, id]?.members ?? [] {
            if let build = member.buildID { run(build)?.end(.stopped) }
        }
    }
}
