import AWSModel

/// Comments on pull requests and on commits, with their replies.
extension CodeCommitService {
    var commentOperations: [String: OperationHandler] {
        [
            "PostCommentForPullRequest": postOnPullRequest, "GetCommentsForPullRequest": getForPullRequest,
            "PostCommentForComparedCommit": postOnCommit, "GetCommentsForComparedCommit": getForCommit,
            "PostCommentReply": postReply, "GetComment": getComment, "UpdateComment": updateComment,
            "DeleteCommentContent": deleteComment,
        ]
    }

    private func postOnPullRequest(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let request = try pullRequest(input, context)
        guard try find(input, context).id == request.repositoryID else {
            throw ServiceError(
                "RepositoryNotAssociatedWithPullRequestException",
                "The pull request \(request.id) is of the repository \(request.repository)")
        }
        _ = try input.require("beforeCommitId", code: "CommitIdRequiredException")
        return try await post(input, request, context)
    }

    private func postOnCommit(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        try await post(input, nil, context)
    }

    private func post(_ input: AWSValue, _ request: PullRequest?, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let after = try input.require("afterCommitId", code: "CommitIdRequiredException")
        let before = input["beforeCommitId"]?.string
        guard before != after else {
            throw ServiceError(
                "BeforeCommitIdAndAfterCommitIdAreSameException", "beforeCommitId and afterCommitId are the same")
        }
        for id in [before, after].compactMap(\.self) {
            guard try await git(repository).commit(id) != nil else {
                throw ServiceError("CommitDoesNotExistException", "Commit \(id) does not exist")
            }
        }
        let comment = CommitComment(
            id: "\(Identifier.uuid()):\(Identifier.uuid())", content: try content(input), created: cloud.clock.now,
            changed: cloud.clock.now, author: context.principal.arn, token: input["clientRequestToken"]?.string,
            repository: repository.name, pullRequest: request?.id, before: before, after: after,
            location: input["location"])
        let blobs = try await blobs(of: comment, repository)
        if let path = comment.location?["filePath"]?.string, blobs.before == nil, blobs.after == nil {
            throw ServiceError("PathDoesNotExistException", "The file \(path) is in neither of the commits")
        }
        let said = known(comment, context)
        if said == nil {
            comments[context.account, context.region, comment.id] = comment
            announce(comment, request, context)
        }
        return .map(AWSMap(comment.place(blobs: blobs) + [("comment", (said ?? comment).value)]))
    }

    /// The comment that an earlier call with the same token left in the same place.
    private func known(_ comment: CommitComment, _ context: CallContext) -> CommitComment? {
        guard let token = comment.token else { return nil }
        return comments.all(account: context.account, region: context.region).first {
            $0.token == token && $0.author == comment.author && $0.repository == comment.repository
                && $0.pullRequest == comment.pullRequest && $0.replyTo == comment.replyTo
        }
    }

    private func content(_ input: AWSValue) throws(ServiceError) -> String {
        let text = try input.require("content", code: "CommentContentRequiredException")
        guard text.utf8.count <= 10240 else {
            throw ServiceError("CommentContentSizeLimitExceededException", "A comment has 10240 characters at most")
        }
        return text
    }

    private func blobs(
        of comment: CommitComment, _ repository: Repository
    ) async throws -> (before: String?, after: String?) {
        guard let path = comment.location?["filePath"]?.string else { return (nil, nil) }
        let git = git(repository)
        var before: String?
        if let commit = comment.before { before = try await git.entry(path, of: commit)?.id }
        return (before, try await git.entry(path, of: comment.after)?.id)
    }

    private func announce(_ comment: CommitComment, _ request: PullRequest?, _ context: CallContext) {
        let kind = request == nil ? "Commit" : "PullRequest"
        cloud.events.publish(
            source: "aws.codecommit", detailType: "CodeCommit Comment on \(request == nil ? "Commit" : "Pull Request")",
            detail: .structure([
                "afterCommitId": .string(comment.after), "beforeCommitId": comment.before.map(AWSValue.string),
                "callerUserArn": .string(context.principal.arn), "commentId": .string(comment.id),
                "event": .string("commentOn\(kind)\(comment.replyTo == nil ? "Created" : "ReplyCreated")"),
                "inReplyTo": comment.replyTo.map(AWSValue.string), "pullRequestId": request.map { .string($0.id) },
                "repositoryName": .string(comment.repository),
            ]), resources: [Self.arn(comment.repository, region: context.region, account: context.account)],
            account: context.account, region: context.region, time: cloud.clock.now)
    }

    // MARK: - Reading

    private func getForPullRequest(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let request = try pullRequest(input, context)
        return try await list(input, "commentsForPullRequestData", context) { comment in
            comment.pullRequest == request.id
                && (input["afterCommitId"]?.string.map { $0 == comment.after } ?? true)
                && (input["beforeCommitId"]?.string.map { $0 == comment.before } ?? true)
        }
    }

    private func getForCommit(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let repository = try find(input, context)
        let after = try input.require("afterCommitId", code: "CommitIdRequiredException")
        return try await list(input, "commentsForComparedCommitData", context) { comment in
            comment.repository == repository.name && comment.after == after && comment.pullRequest == nil
                && (input["beforeCommitId"]?.string.map { $0 == comment.before } ?? true)
        }
    }

    /// Threads: each comment with the replies to it.
    private func list(
        _ input: AWSValue, _ member: String, _ context: CallContext, where isWanted: (CommitComment) -> Bool
    ) async throws -> AWSValue {
        let all = comments.all(account: context.account, region: context.region)
            .sorted { ($0.created, $0.id) < ($1.created, $1.id) }
        var threads: [AWSValue] = []
        for comment in all where comment.replyTo == nil && isWanted(comment) {
            var thread = comment.place(blobs: (nil, nil))
            if let repository = repositories[context.account, context.region, comment.repository] {
                thread = comment.place(blobs: try await blobs(of: comment, repository))
            }
            let replies = all.filter { $0.replyTo == comment.id }
            threads.append(.map(AWSMap(thread + [("comments", .list(([comment] + replies).map(\.value)))])))
        }
        let page = try Page.of(
            threads, token: input["nextToken"]?.string, limit: try CodeCommitInput.pageSize(input),
            invalidToken: "InvalidContinuationTokenException")
        return .structure([
            "nextToken": page.next.map(AWSValue.string)
        ]).adding(member, .list(page.elements))
    }

    private func comment(
        _ input: AWSValue, _ context: CallContext, member: String = "commentId"
    ) throws(ServiceError) -> CommitComment {
        let id = try input.require(member, code: "CommentIdRequiredException")
        guard let found = comments[context.account, context.region, id] else {
            throw ServiceError("CommentDoesNotExistException", "There is no comment \(id)")
        }
        guard !found.isDeleted else { throw ServiceError("CommentDeletedException", "The comment \(id) was deleted") }
        return found
    }

    private func getComment(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["comment": try comment(input, context).value]
    }

    // MARK: - Changing

    private func postReply(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let root = try comment(input, context, member: "inReplyTo")
        var reply = root
        reply.id = "\(Identifier.uuid()):\(Identifier.uuid())"
        reply.content = try content(input)
        reply.replyTo = root.replyTo ?? root.id
        reply.author = context.principal.arn
        reply.token = input["clientRequestToken"]?.string
        reply.created = cloud.clock.now
        reply.changed = reply.created
        if let said = known(reply, context) { return ["comment": said.value] }
        comments[context.account, context.region, reply.id] = reply
        announce(reply, root.pullRequest.flatMap { pullRequests[context.account, context.region, $0] }, context)
        return ["comment": reply.value]
    }

    private func updateComment(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = try comment(input, context)
        guard found.author == context.principal.arn else {
            throw ServiceError("CommentNotCreatedByCallerException", "Only its author can change a comment")
        }
        found.content = try content(input)
        found.changed = cloud.clock.now
        comments[context.account, context.region, found.id] = found
        return ["comment": found.value]
    }

    private func deleteComment(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var found = try comment(input, context)
        found.isDeleted = true
        found.content = ""
        found.changed = cloud.clock.now
        comments[context.account, context.region, found.id] = found
        return ["comment": found.value]
    }
}

extension AWSValue {
    /// This structure with one more member.
    fileprivate func adding(_ name: String, _ value: AWSValue) -> AWSValue {
        var copy = self
        copy[name] = value
        return copy
    }
}
