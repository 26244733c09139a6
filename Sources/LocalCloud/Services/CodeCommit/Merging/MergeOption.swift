/// The ways of merging that CodeCommit has.
enum MergeOption: String, Codable, Sendable, CaseIterable {
    case fastForward = "FAST_FORWARD_MERGE"
    case squash = "SQUASH_MERGE"
    case threeWay = "THREE_WAY_MERGE"
}
