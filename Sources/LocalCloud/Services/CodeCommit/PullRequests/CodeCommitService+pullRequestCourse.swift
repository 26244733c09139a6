import AWSModel

/// What happens to pull requests: their own events, those of EventBridge, and what pushes do to them.
extension CodeCommitService {
    @discardableResult
    func save(_ request: PullRequest, _ context: CallContext) -> PullRequest {
        var request = request
        request.changed = cloud.clock.now
        pullRequests[context.account, context.region, request.id] = request
        return request
    }

    /// Saves a changed pull request with an event in its history, and tells EventBridge.
    ///
    /// - Parameters:
    ///   - member: The member of the event that holds `metadata`.
    ///   - name: EventBridge's name of what happened.
    @discardableResult
    func note(
        _ request: PullRequest, _ type: String, _ member: String, _ metadata: AWSValue, _ name: String,
        by principal: Principal, region: String
    ) -> PullRequest {
        var request = request
        let now = cloud.clock.now
        request.changed = now
        request.events.append(
            .init(type: type, date: now, actor: principal.arn, metadata: .map(AWSMap([(member, metadata)]))))
        pullRequests[principal.account, region, request.id] = request
        cloud.events.publish(
            source: "aws.codecommit", detailType: "CodeCommit Pull Request State Change",
            detail: detail(request, name, principal), resources: [arn(request, principal, region)],
            account: principal.account, region: region, time: now)
        return request
    }

    private func arn(_ request: PullRequest, _ principal: Principal, _ region: String) -> String {
        Self.arn(request.repository, region: region, account: principal.account)
    }

    private func detail(_ request: PullRequest, _ name: String, _ principal: Principal) -> AWSValue {
        func date(_ time: Double) -> AWSValue { .string(Timestamps.format(time.rounded(.down), as: .iso8601)) }
        return .structure([
            "author": .string(request.author), "callerUserArn": .string(principal.arn),
            "creationDate": date(request.created), "description": request.description.map(AWSValue.string),
            "destinationCommit": .string(request.destinationCommit),
            "destinationReference": .string("refs/heads/\(request.destination)"), "event": .string(name),
            "isMerged": .string(request.merged == nil ? "False" : "True"), "lastModifiedDate": date(request.changed),
            "mergeOption": request.merged.map { .string($0.option.rawValue) }, "pullRequestId": .string(request.id),
            "pullRequestStatus": .string(request.status.capitalizedWord),
            "repositoryNames": [.string(request.repository)],
            "revisionId": .string(request.revision), "sourceCommit": .string(request.sourceCommit),
            "sourceReference": .string("refs/heads/\(request.source)"), "title": .string(request.title),
        ])
    }

    /// A branch has moved: open pull requests from it get a new revision, those into it a new destination; one whose
    /// changes have all arrived is merged, and one that lost a branch is closed.
    func followPush(
        _ repository: Repository, branch: String, to commit: String?, by principal: Principal, region: String
    ) async {
        let open = pullRequests.all(account: principal.account, region: region).filter {
            $0.repositoryID == repository.id && $0.isOpen && ($0.source == branch || $0.destination == branch)
        }
        let git = git(repository)
        for found in open {
            guard let commit else {
                close(found, by: principal, region: region)
                continue
            }
            let isSource = found.source == branch
            let ends = isSource ? (commit, found.destinationCommit) : (found.sourceCommit, commit)
            let base = try? await git.mergeBase(ends.0, ends.1)
            // Others may have changed it while git was asked.
            guard var request = pullRequests[principal.account, region, found.id], request.isOpen else { continue }
            request.mergeBase = base
            if isSource {
                request.sourceCommit = commit
                request.revision = Identifier.hex(64)
                request.approvers = []
                request.overrider = nil
                note(
                    request, "PULL_REQUEST_SOURCE_REFERENCE_UPDATED", "pullRequestSourceReferenceUpdatedEventMetadata",
                    .structure([
                        "repositoryName": .string(repository.name), "beforeCommitId": .string(found.sourceCommit),
                        "afterCommitId": .string(commit), "mergeBase": base.map(AWSValue.string),
                    ]), "pullRequestSourceBranchUpdated", by: principal, region: region)
                continue
            }
            request.destinationCommit = commit
            if base == request.sourceCommit {
                finish(
                    request, .init(by: principal.arn, commit: nil, option: .fastForward), by: principal, region: region)
            } else {
                pullRequests[principal.account, region, request.id] = request
            }
        }
    }
}

extension String {
    /// "Open" of "OPEN".
    fileprivate var capitalizedWord: String { prefix(1) + dropFirst().lowercased() }
}
