/// Writes a structure as the pairs of a form: the query protocol, or EC2's dialect of it (names capitalized, lists
/// always flat, empty lists left out).
struct QueryShapeWriter {
    private let isEC2: Bool
    private var bytes: [UInt8]
    private var path = ValuePath()

    /// The form's body: `Action=…&Version=…` and the input's pairs.
    static func write(
        _ input: AWSMap, _ shape: Shape?, action: String, version: String, isEC2: Bool
    ) throws -> [UInt8] {
        var writer = QueryShapeWriter(isEC2: isEC2, bytes: [])
        writer.pair("Action", action)
        writer.pair("Version", version)
        if let shape { try writer.structure(input, shape, prefix: "") }
        return writer.bytes
    }

    private mutating func pair(_ name: String, _ value: String) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
        QueryString.append(name, to: &bytes)
        bytes.append(UInt8(ascii: "="))
        QueryString.append(value, to: &bytes)
    }

    private mutating func structure(_ map: AWSMap, _ shape: Shape, prefix: String) throws {
        for (name, item) in map where !item.isNull {
            guard let member = shape.member(name) else { throw path.unknown(name, shape) }
            let memberName = QueryNames.name(of: member, isEC2: isEC2)
            path.push(name: name)
            try write(item, member, prefix: prefix.isEmpty ? memberName : "\(prefix).\(memberName)")
            path.pop()
        }
    }

    private mutating func write(_ value: AWSValue, _ member: Member, prefix: String) throws {
        let shape = member.shape
        switch shape.kind {
        case .structure:
            guard let map = Scalars.map(value) else { throw path.mismatch(value, shape) }
            try structure(map, shape, prefix: prefix)
        case .list:
            guard let elements = Scalars.list(value), let element = shape.element else {
                throw path.mismatch(value, shape)
            }
            if elements.isEmpty {
                if !isEC2 { pair(prefix, "") }
                return
            }
            let elementPrefix = QueryNames.listPrefix(prefix, member, element, isEC2: isEC2)
            for (index, item) in elements.enumerated() where !item.isNull {
                path.push(index: index)
                try write(item, element, prefix: "\(elementPrefix).\(index + 1)")
                path.pop()
            }
        case .map:
            guard let map = Scalars.map(value), let key = shape.key, let element = shape.value else {
                throw path.mismatch(value, shape)
            }
            let entryPrefix = member.flattened ? prefix : "\(prefix).entry"
            var index = 1
            for (entryKey, item) in map where !item.isNull {
                pair("\(entryPrefix).\(index).\(key.wireName)", entryKey)
                path.push(name: entryKey)
                try write(item, element, prefix: "\(entryPrefix).\(index).\(element.wireName)")
                path.pop()
                index += 1
            }
        default:
            guard let text = try ScalarText.write(value, shape, member.timestampFormat, default: .iso8601) else {
                throw path.mismatch(value, shape)
            }
            pair(prefix, text)
        }
    }
}

/// How members are called in the two dialects of the query protocol.
enum QueryNames {
    static func name(of member: Member, isEC2: Bool) -> String {
        guard isEC2 else { return member.wireName }
        if let queryName = member.queryName { return queryName }
        let name = member.wireName
        return name.prefix(1).uppercased() + name.dropFirst()
    }

    static func listPrefix(_ prefix: String, _ member: Member, _ element: Member, isEC2: Bool) -> String {
        if isEC2 { return prefix }
        guard member.flattened else { return "\(prefix).\(element.locationName ?? "member")" }
        // A flattened list without a name of its own goes by its element's, where that has one.
        guard member.locationName == nil, let name = element.locationName else { return prefix }
        guard let dot = prefix.lastIndex(of: ".") else { return name }
        return "\(prefix[..<dot]).\(name)"
    }
}
