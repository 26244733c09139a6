/// Where a walk over pages goes on: the tokens of a page, and how many of its items have been had already.
///
/// As text it is botocore's `StartingToken`: Base64 of JSON, so that a walk can be begun there and ended here.
public struct PageToken: Sendable, Hashable {
    private static let skippedKey = "boto_truncate_amount"
    /// The places of values that are bytes, of which JSON has none: they are in Base64 there.
    private static let encodedKey = "boto_encoded_keys"

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
        let places = map[Self.encodedKey]?.list ?? []
        map[Self.encodedKey] = nil
        var decoded = AWSValue.map(map)
        for place in places {
            guard let path = place.list, Self.decodeBytes(&decoded, at: path[...]) else { return nil }
        }
        tokens = decoded.map ?? [:]
    }

    public var text: String {
        var map = tokens
        if skipped > 0 { map[Self.skippedKey] = .integer(Int64(skipped)) }
        let places = Self.placesOfBytes(.map(tokens))
        if !places.isEmpty { map[Self.encodedKey] = .list(places.map { .list($0) }) }
        return Base64.encode(JSON.write(.map(map)))
    }

    /// Each as the names and numbers that lead to it.
    private static func placesOfBytes(_ value: AWSValue) -> [[AWSValue]] {
        switch value {
        case .blob: [[]]
        case .map(let map): map.flatMap { key, value in placesOfBytes(value).map { [.string(key)] + $0 } }
        case .list(let list):
            list.enumerated().flatMap { at, value in placesOfBytes(value).map { [.integer(Int64(at))] + $0 } }
        default: []
        }
    }

    /// False where there is no such place, or no Base64.
    private static func decodeBytes(_ value: inout AWSValue, at path: ArraySlice<AWSValue>) -> Bool {
        switch (path.first, value) {
        case (nil, .string(let text)):
            guard let bytes = Base64.decode(text) else { return false }
            value = .blob(bytes)
            return true
        case (.string(let key)?, .map(var map)):
            guard var inner = map[key], decodeBytes(&inner, at: path.dropFirst()) else { return false }
            map[key] = inner
            value = .map(map)
            return true
        case (.integer(let at)?, .list(var list)):
            guard list.indices.contains(Int(at)), decodeBytes(&list[Int(at)], at: path.dropFirst()) else {
                return false
            }
            value = .list(list)
            return true
        default: return false
        }
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
