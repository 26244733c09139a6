import AWSModel

/// Batch builds: started, stopped, found, deleted.
extension CodeBuildService {
    func startBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        // One build's record is the pattern of all; it also checks the project and the overrides.
        let pattern = try makeRecord(input, context)
        let spec = try await batchSpec(pattern, context)
        let token = StartToken(input, at: cloud.clock.now)
        if let known = try token?.match(in: batches.all(account: account, region: region), \.token) {
            return ["buildBatch": known.value(account: account, region: region)]
        }
        // The builds are no repetitions of the call that started the batch.
        var builds = input
        builds["idempotencyToken"] = nil
        let record = try launchBatch(builds, context, pattern, spec: spec, token: token) { _ in nil }
        return ["buildBatch": record.value(account: account, region: region)]
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

    func stopBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let id = Self.id(try input.require("id", code: "InvalidInputException"))
        guard batches[context.account, context.region, id] != nil else {
            throw ServiceError("ResourceNotFoundException", "Build batch \(id) not found")
        }
        stop(batch: id, account: context.account, region: context.region)
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
