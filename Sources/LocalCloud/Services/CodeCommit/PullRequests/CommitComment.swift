import AWSModel

/// A comment on a pull request or on the difference of two commits.
struct CommitComment: Codable, Sendable {
    var id: String
    var content: String
    var replyTo: String?
    var created: Double
    var changed: Double
    var author: String
    var isDeleted = false
    var token: String?
    var repository: String
    var pullRequest: String?
    var before: String?
    var after: String
    /// filePath, filePosition, relativeFileVersion.
    var location: AWSValue?

    var value: AWSValue {
        .structure([
            "commentId": .string(id), "content": isDeleted ? nil : .string(content),
            "inReplyTo": replyTo.map(AWSValue.string), "creationDate": .timestamp(created),
            "lastModifiedDate": .timestamp(changed), "authorArn": .string(author), "deleted": .bool(isDeleted),
            "clientRequestToken": token.map(AWSValue.string), "callerReactions": [], "reactionCounts": [:],
        ])
    }

    /// What it is about.
    func place(blobs: (before: String?, after: String?)) -> [(String, AWSValue)] {
        let members: [(String, AWSValue?)] = [
            ("pullRequestId", pullRequest.map(AWSValue.string)), ("repositoryName", .string(repository)),
            ("beforeCommitId", before.map(AWSValue.string)), ("afterCommitId", .string(after)),
            ("beforeBlobId", blobs.before.map(AWSValue.string)), ("afterBlobId", blobs.after.map(AWSValue.string)),
            ("location", location),
        ]
        return members.compactMap { name, value in value.map { (name, $0) } }
    }
}
