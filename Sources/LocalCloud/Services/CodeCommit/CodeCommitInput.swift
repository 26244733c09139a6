import AWSModel

/// CodeCommit's own errors for members that are missing, empty, or not one of the values that the model lists.
///
/// Its model declares one for nearly every member, and says when it is meant: "A branch name is required, but was not
/// specified.", "The specified sort by value is not valid." As for CodeDeploy (``CodeDeployInput``), what an operation
/// declares is what it answers; the code follows from the member's name.
enum CodeCommitInput {
    /// The error for the first of an input's problems; nil for one that the operation declares none for.
    static func error(of problem: ValidationProblem, in operation: Operation) -> ServiceError? {
        let path = problem.path.split(separator: ".").map { String($0.prefix { $0 != "[" }) }
        guard let member = path.last else { return nil }
        let declared = Set(operation.errors.map(\.name))
        switch problem.constraint {
        case .required, .leastLength:
            guard let code = absent(member, in: path).first(where: declared.contains) else { return nil }
            return ServiceError(
                code, "\(MemberWords.words(member)) is required, but was not specified.")
        case .oneOf(let values):
            guard let code = unknown(member, in: path).first(where: declared.contains) else { return nil }
            return ServiceError(
                code, "\(MemberWords.words(member)) is not valid. It can be \(MemberWords.alternatives(values))")
        default: return nil
        }
    }

    /// Codes for a member that is not there, of which one is declared by an operation that has the member.
    private static func absent(_ member: String, in path: [String]) -> [String] {
        if path.first == "triggers" {
            return ["RepositoryTrigger\(capitalized(member))RequiredException"]
                + ([
                    "events": ["RepositoryTriggerEventsListRequiredException"],
                    "branches": ["RepositoryTriggerBranchNameListRequiredException"],
                    "triggers": ["RepositoryTriggersListRequiredException"],
                ][member] ?? [])
        }
        return (otherNames[member] ?? []) + ["\(capitalized(member))RequiredException"]
    }

    private static let otherNames: [String: [String]] = [
        "oldName": ["RepositoryNameRequiredException"], "newName": ["RepositoryNameRequiredException"],
        "defaultBranchName": ["BranchNameRequiredException"], "targetBranch": ["BranchNameRequiredException"],
        "commitIds": ["CommitIdsListRequiredException"],
        "beforeCommitId": ["CommitIdRequiredException"], "afterCommitId": ["CommitIdRequiredException"],
        "afterCommitSpecifier": ["CommitRequiredException"], "sourceCommitSpecifier": ["CommitRequiredException"],
        "destinationCommitSpecifier": ["CommitRequiredException"],
        "filePath": ["PathRequiredException"], "folderPath": ["PathRequiredException"],
        "sourceReference": ["ReferenceNameRequiredException"], "targets": ["TargetsRequiredException"],
        "content": ["CommentContentRequiredException", "ReplacementContentRequiredException"],
        "inReplyTo": ["CommentIdRequiredException"], "newRuleContent": ["ApprovalRuleContentRequiredException"],
        "tags": ["TagsMapRequiredException"], "tagKeys": ["TagKeysListRequiredException"],
    ]

    /// Codes for a value that is none of the member's.
    private static func unknown(_ member: String, in path: [String]) -> [String] {
        switch (path.first, member) {
        case ("triggers", "events"): ["InvalidRepositoryTriggerEventsException"]
        case (_, "relativeFileVersion"): ["InvalidRelativeFileVersionEnumException"]
        default: ["Invalid\(capitalized(member))Exception"]
        }
    }

    private static func capitalized(_ member: String) -> String { member.prefix(1).uppercased() + member.dropFirst() }

    // MARK: - Limits

    // From "Quotas in AWS CodeCommit" (docs.aws.amazon.com/codecommit/latest/userguide/limits.html) and the model.

    static let mostInBatch = 100
    static let longestPath = 4096
    static let longestDescription = 10240

    /// How many of a list an answer holds at most.
    static func pageSize(
        _ input: AWSValue, _ member: String = "maxResults", orElse usual: Int = 100
    ) throws(ServiceError) -> Int {
        guard let given = input[member]?.int else { return usual }
        guard given > 0 else {
            throw ServiceError(
                "InvalidMaxResultsException", "The specified number of maximum results is not valid: \(given)")
        }
        return given
    }

    static func checkDescription(_ input: AWSValue) throws(ServiceError) {
        guard (input["description"]?.string ?? "").unicodeScalars.count <= longestDescription else {
            throw ServiceError(
                "InvalidDescriptionException",
                "The pull request description is not valid. Descriptions can be up to \(longestDescription) characters long."
            )
        }
    }

    /// Letters, digits, periods, spaces, underscores and dashes, and not the end of a repository's name.
    static func checkRuleName(_ name: String) throws(ServiceError) {
        let names = name.split(separator: " ", omittingEmptySubsequences: true)
        guard (1...100).contains(name.unicodeScalars.count), !name.hasSuffix(".git"), !names.isEmpty,
            names.allSatisfy({ PipelineNames.isSimple(String($0), limit: 100) })
        else {
            throw ServiceError(
                "InvalidApprovalRuleNameException",
                "The name for the approval rule is not valid. It can have up to 100 letters, numbers, periods, spaces, underscores and dashes, and cannot end in .git"
            )
        }
    }

    /// Whether it is git's name of an object.
    static func isObjectID(_ text: String) -> Bool { text.utf8.count == 40 && text.utf8.allSatisfy(isHexadecimal) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}
