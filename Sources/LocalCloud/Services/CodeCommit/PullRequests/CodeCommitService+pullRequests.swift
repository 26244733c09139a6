import AWSModel

/// Pull requests: made, found, changed, closed.
extension CodeCommitService {
    var pullRequestOperations: [String: OperationHandler] {
        [
            "CreatePullRequest": createPullRequest, "GetPullRequest": getPullRequest,
            "ListPullRequests": listPullRequests, "UpdatePullRequestTitle": updateTitle,
            "UpdatePullRequestDescription": updatePullRequestDescription, "UpdatePullRequestStatus": updateStatus,
            "DescribePullRequestEvents": describeEvents,
        ]
    }

    /// - Parameter mustBeOpen: Whether a closed one is refused.
    func pullRequest(
        _ input: AWSValue, _ context: CallContext, mustBeOpen: Bool = false
    ) throws(ServiceError) -> PullRequest {
        let id = try input.require("pullRequestId", code: "PullRequestIdRequiredException")
        guard Int(id) != nil else {
            throw ServiceError("InvalidPullRequestIdException", "\(id) is not the number of a pull request")
        }
        guard let found = pullRequests[context.account, context.region, id] else {
            throw ServiceError("PullRequestDoesNotExistException", "There is no pull request \(id)")
        }
        if mustBeOpen, !found.isOpen {
            throw ServiceError("PullRequestAlreadyClosedException", "The pull request \(id) is closed")
        }
        return found
    }

    private func createPullRequest(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let title = try title(input)
        try CodeCommitInput.checkDescription(input)
        guard let target = input["targets"]?.list?.first else {
            throw ServiceError("TargetsRequiredException", "A pull request needs a target")
        }
        guard input["targets"]?.list?.count == 1 else {
            throw ServiceError("InvalidTargetsException", "A pull request has one target")
        }
        let repository = try find(target, context)
        let source = Self.shortBranch(try target.require("sourceReference", code: "ReferenceNameRequiredException"))
        let destination = Self.shortBranch(target["destinationReference"]?.string ?? repository.defaultBranch ?? "main")
        for end in [source, destination] { try Self.check(reference: end, code: "InvalidReferenceNameException") }
        guard source != destination else {
            throw ServiceError(
                "SourceAndDestinationAreSameException", "Source and destination are both the branch \(source)")
        }
        let git = git(repository)
        let ends = (try await tip(source, git), try await tip(destination, git))
        let base = try await git.mergeBase(ends.0, ends.1)
        // Nothing waits from here on, so that of two calls with one token the second finds what the first made.
        if let known = try known(input, title, repository, context) { return ["pullRequest": known.value] }
        let now = cloud.clock.now
        let number = (counters[context.account, context.region, "pull-requests"] ?? 0) + 1
        counters[context.account, context.region, "pull-requests"] = number
        let request = PullRequest(
            id: String(number), title: title, description: input["description"]?.string, repository: repository.name,
            repositoryID: repository.id, author: context.principal.arn, created: now, changed: now, source: source,
            destination: destination, sourceCommit: ends.0, destinationCommit: ends.1,
            mergeBase: base, token: input["clientRequestToken"]?.string,
            revision: Identifier.hex(64))
        let made = note(
            request, "PULL_REQUEST_CREATED", "pullRequestCreatedEventMetadata",
            .structure([
                "repositoryName": .string(repository.name), "sourceCommitId": .string(ends.0),
                "destinationCommitId": .string(ends.1), "mergeBase": request.mergeBase.map(AWSValue.string),
            ]), "pullRequestCreated", by: context.principal, region: context.region)
        return ["pullRequest": made.value]
    }

    private func title(_ input: AWSValue) throws(ServiceError) -> String {
        let title = try input.require("title", code: "TitleRequiredException")
        guard title.count <= 150 else {
            throw ServiceError("InvalidTitleException", "A title has 150 characters at most")
        }
        return title
    }

    /// What an earlier call with the same token made.
    private func known(
        _ input: AWSValue, _ title: String, _ repository: Repository, _ context: CallContext
    ) throws(ServiceError) -> PullRequest? {
        guard let token = input["clientRequestToken"]?.string,
            let known = pullRequests.all(account: context.account, region: context.region)
                .first(where: { $0.token == token })
        else { return nil }
        guard known.title == title, known.repositoryID == repository.id else {
            throw ServiceError(
                "IdempotencyParameterMismatchException", "The clientRequestToken was used with other parameters")
        }
        return known
    }

    func tip(_ branch: String, _ git: GitRepository) async throws -> String {
        guard let commit = try await git.commit(ofBranch: branch) else {
            throw ServiceError("ReferenceDoesNotExistException", "There is no branch \(branch)")
        }
        return commit
    }

    private func getPullRequest(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["pullRequest": try pullRequest(input, context).value]
    }

    private func listPullRequests(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let repository = try find(input, context)
        let status = input["pullRequestStatus"]?.string
        let author = input["authorArn"]?.string
        if let author, !author.hasPrefix("arn:") {
            throw ServiceError("InvalidAuthorArnException", "The Amazon Resource Name (ARN) is not valid: \(author)")
        }
        let found = pullRequests.all(account: context.account, region: context.region).filter {
            $0.repositoryID == repository.id && (status == nil || $0.status == status)
                && (author == nil || $0.author == author)
        }.sorted { ($0.created, $0.id.count, $0.id) > ($1.created, $1.id.count, $1.id) }
        let page = try Page.of(
            found.map { AWSValue.string($0.id) }, token: input["nextToken"]?.string,
            limit: try CodeCommitInput.pageSize(input), invalidToken: "InvalidContinuationTokenException")
        return .structure(["pullRequestIds": .list(page.elements), "nextToken": page.next.map(AWSValue.string)])
    }

    private func updateTitle(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try pullRequest(input, context, mustBeOpen: true)
        request.title = try title(input)
        return ["pullRequest": save(request, context).value]
    }

    private func updatePullRequestDescription(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try pullRequest(input, context, mustBeOpen: true)
        try CodeCommitInput.checkDescription(input)
        request.description = input["description"]?.string
        return ["pullRequest": save(request, context).value]
    }

    private func updateStatus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let status = try input.require("pullRequestStatus", code: "PullRequestStatusRequiredException")
        let request = try pullRequest(input, context)
        guard ["OPEN", "CLOSED"].contains(status) else {
            throw ServiceError("InvalidPullRequestStatusException", "\(status) is not OPEN or CLOSED")
        }
        guard status == "CLOSED" else {
            throw ServiceError(
                "InvalidPullRequestStatusUpdateException",
                "The pull request cannot be set from \(request.status) to OPEN")
        }
        return ["pullRequest": close(request, by: context.principal, region: context.region).value]
    }

    /// Closes one that is open, without a merge.
    @discardableResult
    func close(_ request: PullRequest, by principal: Principal, region: String) -> PullRequest {
        guard request.isOpen else { return request }
        var request = request
        request.isOpen = false
        return note(
            request, "PULL_REQUEST_STATUS_CHANGED", "pullRequestStatusChangedEventMetadata",
            ["pullRequestStatus": "CLOSED"], "pullRequestStatusChanged", by: principal, region: region)
    }

    private func describeEvents(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let request = try pullRequest(input, context)
        let events = request.events.filter { event in
            (input["pullRequestEventType"]?.string.map { $0 == event.type } ?? true)
                && (input["actorArn"]?.string.map { $0 == event.actor } ?? true)
        }
        let page = try Page.of(
            events, token: input["nextToken"]?.string, limit: try CodeCommitInput.pageSize(input),
            invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "pullRequestEvents": .list(
                page.elements.map { event in
                    var map = event.metadata.map ?? [:]
                    map["pullRequestId"] = .string(request.id)
                    map["eventDate"] = .timestamp(event.date)
                    map["pullRequestEventType"] = .string(event.type)
                    map["actorArn"] = .string(event.actor)
                    return .map(map)
                }), "nextToken": page.next.map(AWSValue.string),
        ])
    }
}
