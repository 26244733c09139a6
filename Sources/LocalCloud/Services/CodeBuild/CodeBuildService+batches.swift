import AWSModel

/// Builds that were started together, by a buildspec's `batch` section.
struct BatchRecord: Codable, Sendable {
    struct Member: Codable, Sendable {
        var identifier: String
        var dependsOn: [String]
        var ignoreFailure: Bool
        var buildID: String?
        var status: BuildRecord.Status?
    }

    var id: String
    var project: String
    var number: Int64
    var started: Double
    var ended: Double?
    var status = BuildRecord.Status.inProgress
    var members: [Member]
    var environment: AWSValue
    var source: AWSValue
    var sourceVersion: String?
    var serviceRole: String
    var initiator: String
    var isStopping = false

    func value(account: String, region: String) -> AWSValue {
        .structure([
            "id": .string(id), "arn": .string("arn:aws:codebuild:\(region):\(account):build-batch/\(id)"),
            "startTime": .timestamp(started), "endTime": ended.map(AWSValue.timestamp),
            "currentPhase": .string(ended == nil ? "IN_PROGRESS" : status == .succeeded ? "SUCCEEDED" : "FAILED"),
            "buildBatchStatus": .string(status.rawValue), "projectName": .string(project), "source": source,
            "sourceVersion": sourceVersion.map(AWSValue.string), "environment": environment,
            "serviceRole": .string(serviceRole), "initiator": .string(initiator), "complete": .bool(ended != nil),
            "buildBatchNumber": .integer(number),
            "buildGroups": .list(
                members.map { member in
                    .structure([
                        "identifier": .string(member.identifier),
                        "dependsOn": .list(member.dependsOn.map(AWSValue.string)),
                        "ignoreFailure": .bool(member.ignoreFailure),
                        "currentBuildSummary": member.buildID.map { build in
                            .structure([
                                "arn": .string("arn:aws:codebuild:\(region):\(account):build/\(build)"),
                                "buildStatus": .string((member.status ?? .inProgress).rawValue),
                            ])
                        },
                    ])
                }),
        ])
    }
}

extension CodeBuildService {
    func startBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let project = try project(try input.require("projectName", code: "InvalidInputException"), context)
        guard project.settings["buildBatchConfig"] != nil else {
            throw Self.invalid("Project \(project.name) has no buildBatchConfig, which a batch build needs")
        }
        // One build's record is the pattern of all; it also checks the project and the overrides.
        let pattern = try makeRecord(input, context)
        let text = try await batchSpec(pattern, context)
        let spec: BuildSpec
        do {
            spec = try BuildSpec(yaml: text)
        } catch {
            throw Self.invalid("The buildspec cannot be read: \(error.message)")
        }
        guard let batch = spec.batch else { throw Self.invalid("The buildspec has no batch section") }
        let number = (counters[context.account, context.region, "batch/\(project.name)"] ?? 0) + 1
        counters[context.account, context.region, "batch/\(project.name)"] = number
        let record = BatchRecord(
            id: "\(project.name):\(Identifier.uuid())", project: project.name, number: number, started: cloud.clock.now,
            members: batch.builds.map {
                .init(identifier: $0.identifier, dependsOn: $0.dependsOn, ignoreFailure: $0.ignoreFailure)
            },
            environment: pattern.environment, source: pattern.source, sourceVersion: pattern.sourceVersion,
            serviceRole: pattern.serviceRole, initiator: pattern.initiator)
        batches[context.account, context.region, record.id] = record
        cloud.spawn { await self.runBatch(record.id, batch, input, context) }
        return ["buildBatch": record.value(account: context.account, region: context.region)]
    }

    /// The buildspec of a batch: in the project, or a file of the CodeCommit source.
    private func batchSpec(_ pattern: BuildRecord, _ context: CallContext) async throws -> String {
        let given = pattern.source["buildspec"]?.string ?? ""
        if given.contains("\n") { return given }
        guard pattern.source["type"]?.string == "CODECOMMIT", let location = pattern.source["location"]?.string,
            let name = location.split(separator: "/").last.map(String.init)
        else { throw Self.invalid("A batch build takes its buildspec from the project or from a CodeCommit source") }
        let service = cloud.service(CodeCommitService.self)
        guard let repository = service.repositories[context.account, context.region, name] else {
            throw Self.invalid("repository '\(name)' not found")
        }
        let git = service.git(repository)
        guard let commit = try await git.commit(specifier: pattern.sourceVersion ?? repository.defaultBranch ?? "main"),
            let entry = try await git.entry(given.isEmpty ? "buildspec.yml" : given, of: commit),
            let bytes = try await git.blob(entry.id)
        else { throw Self.invalid("The buildspec \(given.isEmpty ? "buildspec.yml" : given) is not in the source") }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func runBatch(_ id: String, _ spec: BuildBatchSpec, _ input: AWSValue, _ context: CallContext) async {
        var open = spec.builds
        var failed: Set<String> = []
        var done: Set<String> = []
        while !open.isEmpty {
            if batches[context.account, context.region, id]?.isStopping == true { break }
            let ready = open.filter { $0.dependsOn.allSatisfy(done.contains) }
            open.removeAll { build in ready.contains { $0.identifier == build.identifier } }
            if ready.isEmpty { break }  // what is left depends on something that failed
            await withTaskGroup(of: (String, Bool).self) { group in
                for build in ready {
                    group.addTask { await (build.identifier, self.runMember(id, build, input, context)) }
                }
                for await (identifier, succeeded) in group {
                    let ignored = spec.builds.first { $0.identifier == identifier }?.ignoreFailure == true
                    if succeeded || ignored { done.insert(identifier) } else { failed.insert(identifier) }
                }
            }
            if spec.fastFail, !failed.isEmpty { break }
        }
        let now = cloud.clock.now
        let isFailed = !failed.isEmpty
        batches.update(context.account, context.region, id) {
            $0.status = $0.isStopping ? .stopped : isFailed ? .failed : .succeeded
            $0.ended = now
        }
    }

    private func runMember(_ id: String, _ build: BuildBatchSpec.Build, _ input: AWSValue, _ context: CallContext) async
        -> Bool
    {
        var input = input
        if let spec = build.buildspec { input["buildspecOverride"] = .string(spec) }
        if let image = build.image { input["imageOverride"] = .string(image) }
        let given = input["environmentVariablesOverride"]?.list ?? []
        let own = build.variables.map { AWSValue.structure(["name": .string($0.name), "value": .string($0.value)]) }
        let identifier: AWSValue = ["name": "CODEBUILD_BATCH_BUILD_IDENTIFIER", "value": .string(build.identifier)]
        input["environmentVariablesOverride"] = .list(own + [identifier] + given)
        let arn = "arn:aws:codebuild:\(context.region):\(context.account):build-batch/\(id)"
        guard let record = try? makeRecord(input, context, batch: arn) else { return false }
        set(id, build.identifier, context) {
            $0.buildID = record.id; $0.status = .inProgress
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

    func stopBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let id = Self.id(try input.require("id", code: "InvalidInputException"))
        guard let batch = batches[context.account, context.region, id] else {
            throw ServiceError("ResourceNotFoundException", "Build batch \(id) not found")
        }
        batches.update(context.account, context.region, id) { $0.isStopping = $0.ended == nil }
        for member in batch.members { if let build = member.buildID { run(build)?.end(.stopped) } }
        return [
            "buildBatch": batches[context.account, context.region, id]?.value(
                account: context.account, region: context.region) ?? [:]
        ]
    }

    func batchGetBuildBatches(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let ids = input["ids"]?.strings ?? []
        let found = ids.compactMap { batches[context.account, context.region, Self.id($0)] }
        let missing = ids.filter { batches[context.account, context.region, Self.id($0)] == nil }
        return [
            "buildBatches": .list(found.map { $0.value(account: context.account, region: context.region) }),
            "buildBatchesNotFound": .list(missing.map(AWSValue.string)),
        ]
    }

    func listBuildBatches(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let all = batches.all(account: context.account, region: context.region).sorted { $0.started < $1.started }
        return try page(all.map { .string($0.id) }, "ids", input, descending: input["sortOrder"]?.string != "ASCENDING")
    }

    func listBuildBatchesForProject(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let project = try project(input["projectName"]?.string ?? "", context)
        let all = batches.all(account: context.account, region: context.region).filter { $0.project == project.name }
            .sorted { $0.number < $1.number }
        return try page(all.map { .string($0.id) }, "ids", input, descending: input["sortOrder"]?.string != "ASCENDING")
    }

    func deleteBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let id = Self.id(try input.require("id", code: "InvalidInputException"))
        guard let batch = batches.remove(account: context.account, region: context.region, key: id) else {
            return ["statusCode": "BATCH_NOT_FOUND"]
        }
        let deleted = batch.members.compactMap(\.buildID).filter {
            builds[context.account, context.region, $0]?.isComplete == true
        }
        for build in deleted { builds[context.account, context.region, build] = nil }
        return [
            "statusCode": "BATCH_DELETED",
            "buildsDeleted": .list(
                deleted.map { .string("arn:aws:codebuild:\(context.region):\(context.account):build/\($0)") }),
            "buildsNotDeleted": [],
        ]
    }
}
