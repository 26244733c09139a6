/// Where a walk over pages goes on: the tokens of a page, and how many of its items have been had already.
///
/// As text it is botocore's `StartingToken`: Base64 of JSON, so that a walk can be begun there and ended here.
public struct PageToken: Sendable, Hashable {
    private static let skippedKey = "boto_truncate_amount"

    /// By the input members that take them; null for one that has come to its end.
    public var tokens: AWSMap
    /// Items of that page that come before the place.
    public var skipped: Int

    public init(tokens: AWSMap, skipped: Int = 0) {
        self.tokens = tokens
        self.skipped = skipped
    }

    /// nil when the text is no token of this kind.
    public init?(_ text: String) {
        guard let bytes = Base64.decode(text), let value = try? JSON.parse(bytes), case .map(var map) = value else {
            return nil
        }
        skipped = map[Self.skippedKey]?.int ?? 0
        if skipped < 0 { return nil }
        map[Self.skippedKey] = nil
        tokens = map
    }

    public var text: String {
        var map = tokens
        if skipped > 0 { map[Self.skippedKey] = .integer(Int64(skipped)) }
        return Base64.encode(JSON.write(.map(map)))
    }
}

extension PaginatorRules {
    /// The tokens that an input asks with.
    public func token(of input: AWSMap, skipping skipped: Int = 0) -> PageToken {
        PageToken(
            tokens: AWSMap(paginator.inputTokens.map { ($0, input[$0] ?? .null) }), skipped: skipped)
    }

    /// An input that asks for the page of a token. nil when the token is another operation's.
    public func input(_ input: AWSMap, at token: PageToken) -> AWSMap? {
        var input = input
        for (name, value) in token.tokens {
            guard paginator.inputTokens.contains(name) else { return nil }
            input[name] = value.isNull ? nil : value
        }
        return input
    }

    /// How many items a page has; text counts by its characters.
    public func count(of output: AWSValue) throws(JMESPathFailure) -> Int {
        switch try primaryResult(of: output) {
        case .null: 0
        case .list(let items): items.count
        case .string(let text): text.unicodeScalars.count
        default: 1
        }
    }

    /// The page without its first items. What else is collected over the pages was had with those, and is emptied.
    public func page(_ output: AWSValue, droppingFirst count: Int) throws(JMESPathFailure) -> AWSValue {
        var page = output
        switch try primaryResult(of: output) {
        case .list(let items): setPrimary(.list(Array(items.dropFirst(count))), in: &page)
        case .string(let text):
            setPrimary(.string(String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(count)))), in: &page)
        default: break
        }
        for key in paginator.resultKeys.dropFirst() {
            let value: AWSValue
            switch try JMESPath(compiling: key).search(output) {
            case .null: continue
            case .list: value = []
            case .string: value = ""
            case .integer, .double: value = 0
            default: value = .null
            }
            set(value, at: key, in: &page)
        }
        return page
    }

    /// The page's first items only.
    public func page(_ output: AWSValue, keepingFirst count: Int) throws(JMESPathFailure) -> AWSValue {
        var page = output
        switch try primaryResult(of: output) {
        case .list(let items): setPrimary(.list(Array(items.prefix(count))), in: &page)
        case .string(let text):
            setPrimary(.string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(count)))), in: &page)
        default: break
        }
        return page
    }

    private func setPrimary(_ value: AWSValue, in page: inout AWSValue) {
        if let key = paginator.resultKeys.first { set(value, at: key, in: &page) }
    }
}
