/// How the answers of an operation are paged. Paths are JMESPath expressions on the answer.
public struct Paginator: Sendable, Hashable {
    public let operation: String
    /// Members of the input that take the tokens; as many as ``outputTokens``.
    public let inputTokens: [String]
    /// Where the answer holds the next page's tokens.
    public let outputTokens: [String]
    /// What is collected over all pages; the first is what iterating over items gives.
    public let resultKeys: [String]
    /// Where the answer says whether there are more pages, for operations whose tokens do not tell.
    public let moreResults: String?
    /// The input's member that sets a page's size.
    public let limitKey: String?
    /// Parts of the answer that are the same on every page.
    public let nonAggregateKeys: [String]

    init(_ cursor: inout ImageCursor) {
        operation = cursor.string()
        inputTokens = cursor.strings()
        outputTokens = cursor.strings()
        resultKeys = cursor.strings()
        moreResults = cursor.optionalString()
        limitKey = cursor.optionalString()
        nonAggregateKeys = cursor.strings()
    }
}
