/// Members that travel outside the body: labels of the path, the query, headers.
enum HTTPBindings {
    /// A scalar as it stands in a path or a query; timestamps are ISO 8601 there.
    static func urlText(_ value: AWSValue, _ member: Member) throws -> String {
        guard let text = try ScalarText.write(value, member.shape, member.timestampFormat, default: .iso8601) else {
            throw ValuePath().mismatch(value, member.shape)
        }
        return text
    }

    /// A header's value; nil for an empty list, which is not sent.
    static func headerText(_ value: AWSValue, _ member: Member) throws -> String? {
        if member.jsonValue { return Base64.encode(JSON.write(value)) }
        let shape = member.shape
        switch shape.kind {
        case .list:
            guard let elements = Scalars.list(value), let element = shape.element else {
                throw EncodingFailure(member.name, "must be a list")
            }
            let texts = try elements.filter { !$0.isNull }.map { item in
                let text = try scalarHeader(item, element, member.name)
                return element.shape.kind == .string ? HTTPText.quoted(text) : text
            }
            return texts.isEmpty ? nil : try HTTPText.checked(texts.joined(separator: ","), member.name)
        default: return try HTTPText.checked(try scalarHeader(value, member, member.name), member.name)
        }
    }

    private static func scalarHeader(_ value: AWSValue, _ member: Member, _ name: String) throws -> String {
        guard let text = try ScalarText.write(value, member.shape, member.timestampFormat, default: .rfc822) else {
            throw EncodingFailure(name, "must be \(member.shape.kind.readableName), not \(Scalars.kindName(value))")
        }
        return text
    }

    /// The headers of a map member: the prefix and the entry's key make the name.
    static func prefixedHeaders(_ value: AWSValue, _ member: Member) throws -> [(name: String, value: String)] {
        guard let map = Scalars.map(value) else { throw EncodingFailure(member.name, "must be a map") }
        let prefix = member.locationName ?? ""
        return try map.filter { !$0.value.isNull }.map { key, item in
            guard let text = Scalars.string(item) else {
                throw EncodingFailure("\(member.name).\(key)", "must be a string")
            }
            return (
                try HTTPText.checked(prefix + key, "\(member.name).\(key)"),
                try HTTPText.checked(text, "\(member.name).\(key)")
            )
        }
    }

    /// The pairs of a query member, encoded; a map gives each entry a name of its own.
    static func queryPairs(_ value: AWSValue, _ member: Member) throws -> [(name: String, value: String?)] {
        let shape = member.shape
        let name = QueryString.encode(member.wireName)
        switch shape.kind {
        case .list:
            guard let elements = Scalars.list(value), let element = shape.element else {
                throw EncodingFailure(member.name, "must be a list")
            }
            return try elements.filter { !$0.isNull }.map { (name, QueryString.encode(try urlText($0, element))) }
        case .map:
            guard let map = Scalars.map(value), let element = shape.value else {
                throw EncodingFailure(member.name, "must be a map")
            }
            return try map.flatMap { key, item in
                let values = element.shape.kind == .list ? Scalars.list(item) ?? [] : [item]
                return try values.filter { !$0.isNull }.map { item in
                    guard let text = Scalars.string(item) else {
                        throw EncodingFailure("\(member.name).\(key)", "must be a string")
                    }
                    return (QueryString.encode(key), QueryString.encode(text))
                }
            }
        default: return [(name, QueryString.encode(try urlText(value, member)))]
        }
    }
}
