import AWSModel

/// What a caller says about conflicts: a strategy for all of them, and decisions about single files.
struct MergeResolution: Sendable {
    /// NONE, ACCEPT_SOURCE, ACCEPT_DESTINATION or AUTOMERGE.
    var strategy: String
    /// Whether changes of different lines go together.
    var byLine: Bool
    private var replacements: [String: AWSValue] = [:]
    private var deletions: Set<String> = []
    private var modes: [String: String] = [:]

    init(_ input: AWSValue) throws(ServiceError) {
        strategy = input["conflictResolutionStrategy"]?.string ?? "NONE"
        guard ["NONE", "ACCEPT_SOURCE", "ACCEPT_DESTINATION", "AUTOMERGE"].contains(strategy) else {
            throw ServiceError(
                "InvalidConflictResolutionStrategyException",
                "\(strategy) is not NONE, ACCEPT_SOURCE, ACCEPT_DESTINATION or AUTOMERGE")
        }
        let level = input["conflictDetailLevel"]?.string ?? "FILE_LEVEL"
        guard ["FILE_LEVEL", "LINE_LEVEL"].contains(level) else {
            throw ServiceError("InvalidConflictDetailLevelException", "\(level) is not FILE_LEVEL or LINE_LEVEL")
        }
        byLine = level == "LINE_LEVEL"
        let given = input["conflictResolution"]
        for item in given?["replaceContents"]?.list ?? [] {
            let path = item["filePath"]?.string ?? ""
            guard replacements.updateValue(item, forKey: path) == nil else {
                throw ServiceError(
                    "MultipleConflictResolutionEntriesException", "The file \(path) has more than one resolution")
            }
        }
        deletions = Set((given?["deleteFiles"]?.list ?? []).compactMap { $0["filePath"]?.string })
        for item in given?["setFileModes"]?.list ?? [] {
            modes[item["filePath"]?.string ?? ""] = try CodeCommitService.gitMode(item["fileMode"]?.string ?? "")
        }
    }

    /// The edits that settle a merge's conflicts.
    ///
    /// - Throws: `ManualMergeRequiredException` when one is left.
    func edits(for conflicts: [GitRepository.MergeConflict]) throws(ServiceError) -> [GitChange.Edit] {
        var edits: [GitChange.Edit] = []
        for conflict in conflicts {
            if deletions.contains(conflict.path) {
                edits.append(.delete(path: conflict.path))
            } else if let replacement = replacements[conflict.path] {
                edits.append(try edit(conflict, replacement))
            } else {
                switch strategy {
                case "ACCEPT_SOURCE": edits += taking(conflict.source, conflict)
                case "ACCEPT_DESTINATION": edits += taking(conflict.destination, conflict)
                // What git put together stands in the merged tree already.
                case "AUTOMERGE" where !conflict.isOfLines: break
                default: throw Self.manual
                }
            }
        }
        return edits
    }

    static let manual = ServiceError(
        "ManualMergeRequiredException",
        "The branches cannot be merged automatically into the destination branch. Merge them by hand and resolve any conflicts."
    )

    private func edit(_ conflict: GitRepository.MergeConflict, _ item: AWSValue) throws(ServiceError) -> GitChange.Edit
    {
        let mode = try item["fileMode"]?.string.map(CodeCommitService.gitMode) ?? modes[conflict.path]
        switch item["replacementType"]?.string {
        case "KEEP_SOURCE": return taking(conflict.source, conflict, mode: mode).first ?? .delete(path: conflict.path)
        case "KEEP_DESTINATION":
            return taking(conflict.destination, conflict, mode: mode).first ?? .delete(path: conflict.path)
        case "KEEP_BASE": return taking(conflict.base, conflict, mode: mode).first ?? .delete(path: conflict.path)
        case "USE_NEW_CONTENT":
            guard let content = item["content"]?.blob else {
                throw ServiceError(
                    "ReplacementContentRequiredException",
                    "USE_NEW_CONTENT needs the content of the file \(conflict.path)")
            }
            return .put(path: conflict.path, content: content, mode: mode)
        case nil:
            throw ServiceError(
                "ReplacementTypeRequiredException", "The file \(conflict.path) needs a replacementType")
        case let other?:
            throw ServiceError(
                "InvalidReplacementTypeException",
                "\(other) is not KEEP_BASE, KEEP_SOURCE, KEEP_DESTINATION or USE_NEW_CONTENT")
        }
    }

    private func taking(
        _ side: GitRepository.TreeEntry?, _ conflict: GitRepository.MergeConflict, mode: String? = nil
    ) -> [GitChange.Edit] {
        guard let side else { return [.delete(path: conflict.path)] }
        return [.place(path: conflict.path, blob: side.id, mode: mode ?? side.mode)]
    }
}
