import AWSModel

/// Another try of a batch that failed: the same batch, with new builds.
extension CodeBuildService {
    func retryBuildBatch(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let id = Self.id(try input.require("id", code: "InvalidInputException"))
        guard let batch = batches[account, region, id] else {
            throw ServiceError("ResourceNotFoundException", "Build batch \(id) not found")
        }
        let token = StartToken(input, at: cloud.clock.now)
        if let known = try token?.match(in: [batch], \.retryToken) {
            return ["buildBatch": known.value(account: account, region: region)]
        }
        guard batch.ended != nil, batch.status != .succeeded else {
            throw Self.invalid("Only a build batch that has failed can be retried; \(id) is \(batch.status.rawValue)")
        }
        guard !batch.initiator.hasPrefix("codepipeline/"), let spec = batch.spec, let call = batch.call,
            let builds = try? BuildSpec(yaml: spec).batch
        else { throw Self.invalid("Build batch \(id) belongs to \(batch.initiator): retry the stage of the pipeline") }
        let retriesAll = input["retryType"]?.string != "RETRY_FAILED_BUILDS"
        let changed = batches.update(account, region, id) { batch in
            batch.status = .inProgress
            batch.ended = nil
            batch.isStopping = false
            batch.retryToken = token
            for at in batch.members.indices where retriesAll || batch.members[at].status != .succeeded {
                let member = batch.members[at]
                if let build = member.buildID, let status = member.status {
                    batch.members[at].earlier = (member.earlier ?? []) + [.init(buildID: build, status: status)]
                }
                batch.members[at].buildID = nil
                batch.members[at].status = nil
            }
        }
        cloud.spawn { await self.runBatch(id, builds, call, context) { _ in nil } }
        return .structure(["buildBatch": changed?.value(account: account, region: region)])
    }
}
