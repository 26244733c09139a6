import AWSModel

/// Merging pull requests.
extension CodeCommitService {
    var pullRequestMergeOperations: [String: OperationHandler] {
        [
            "MergePullRequestByFastForward": { try await self.mergePullRequest(.fastForward, $0, $1) },
            "MergePullRequestBySquash": { try await self.mergePullRequest(.squash, $0, $1) },
            "MergePullRequestByThreeWay": { try await self.mergePullRequest(.threeWay, $0, $1) },
        ]
    }

    private func mergePullRequest(
        _ option: MergeOption, _ input: AWSValue, _ context: CallContext
    ) async throws -> AWSValue {
        let request = try mergeable(input, context)
        let repository = try find(input, context)
        guard repository.id == request.repositoryID else {
            throw ServiceError(
                "RepositoryNotAssociatedWithPullRequestException",
                "The pull request \(request.id) is not of the repository \(repository.name)")
        }
        let git = git(repository)
        let source = try await tip(request.source, git)
        let destination = try await tip(request.destination, git)
        if let expected = input["sourceCommitId"]?.string, expected != source {
            throw ServiceError(
                "TipOfSourceReferenceIsDifferentException",
                "The tip of the source branch \(request.source) is \(source), not \(expected)")
        }
        let commit = try await merge(
            option, source, into: destination, message: "Merged \(request.source) into \(request.destination)", input,
            repository, context)
        // Git took its time: the pull request may have been closed, or lost its approvals to a push.
        guard try mergeable(input, context).revision == request.revision else {
            throw ServiceError(
                "ConcurrentReferenceUpdateException",
                "The branch \(request.source) was changed meanwhile; try again")
        }
        let merged = PullRequest.Merged(
            by: context.principal.arn, commit: option == .fastForward ? nil : commit, option: option)
        // Before the branch moves: the push that it is would otherwise count as someone else's merge.
        set(merged, of: request.id, context)
        do {
            try await moveBranch(request.destination, from: destination, to: commit, repository, context)
        } catch {
            set(nil, of: request.id, context)
            throw error
        }
        let last = pullRequests[context.account, context.region, request.id] ?? request
        return ["pullRequest": finish(last, merged, by: context.principal, region: context.region).value]
    }

    /// The pull request of a call, when it is open and its approval rules are satisfied.
    private func mergeable(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> PullRequest {
        let request = try pullRequest(input, context, mustBeOpen: true)
        guard request.overrider != nil || request.unsatisfiedRules.isEmpty else {
            throw ServiceError(
                "PullRequestApprovalRulesNotSatisfiedException",
                "The pull request cannot be merged: the approval rules \(request.unsatisfiedRules.joined(separator: ", ")) are not satisfied"
            )
        }
        return request
    }

    private func set(_ merged: PullRequest.Merged?, of id: String, _ context: CallContext) {
        pullRequests.update(context.account, context.region, id) {
            $0.merged = merged
            $0.isOpen = merged == nil
        }
    }

    @discardableResult
    func finish(
        _ request: PullRequest, _ merged: PullRequest.Merged, by principal: Principal, region: String
    ) -> PullRequest {
        var request = request
        request.merged = merged
        request.isOpen = false
        return note(
            request, "PULL_REQUEST_MERGE_STATE_CHANGED", "pullRequestMergedStateChangedEventMetadata",
            [
                "repositoryName": .string(request.repository),
                "destinationReference": .string("refs/heads/\(request.destination)"),
                "mergeMetadata": request.mergeMetadata,
            ], "pullRequestMergeStatusUpdated", by: principal, region: region)
    }
}
