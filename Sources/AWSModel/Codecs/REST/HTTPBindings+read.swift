extension HTTPBindings {
    /// A scalar from a path or a query (decoded already).
    static func urlValue(_ text: String, _ member: Member) throws -> AWSValue {
        var text = text
        return try text.withUTF8 { try XMLShapeReader.scalar($0, member.shape.bare) }
    }

    static func headerValue(_ text: String, _ member: Member) throws -> AWSValue {
        let shape = member.shape
        if member.jsonValue {
            guard let bytes = Base64.decode(text) else {
                throw DecodingFailure("header", "\(member.wireName) is not base64")
            }
            return try JSON.parse(bytes)
        }
        guard shape.kind == .list, let element = shape.element else { return try urlValue(text, member) }
        let isHTTPDate =
            element.shape.kind == .timestamp && (TimestampFormat(element.timestampFormat) ?? .rfc822) == .rfc822
        return .list(try HTTPText.split(text, isHTTPDate: isHTTPDate).map { try urlValue($0, element) })
    }

    /// The members of a structure that travel in headers.
    static func readHeaders(
        _ headers: [(name: String, value: String)], _ shape: Shape, into map: inout AWSMap
    ) throws {
        for member in shape.members {
            switch member.location {
            case .header:
                let values = headers.filter { HTTPText.sameName($0.name, member.wireName) }.map(\.value)
                guard !values.isEmpty else { continue }
                let text = values.joined(separator: ",")
                if S3Details.isExpires(member, shape) {
                    // What an object's owner has written there, which need not be a date.
                    map["ExpiresString"] = .string(text)
                    if let date = try? headerValue(text, member) { map[member.name] = date }
                } else {
                    map[member.name] = try headerValue(text, member)
                }
            case .headers:
                let prefix = member.locationName ?? ""
                var entries = AWSMap()
                for (name, value) in headers where HTTPText.hasPrefix(name, prefix) {
                    let key = String(decoding: name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
                    entries[key] = .string(value)
                }
                map[member.name] = .map(entries)
            default: break
            }
        }
    }

    /// The members that travel in the query. A map takes every pair but those that the path fixes.
    static func readQuery(
        _ query: [(name: String, value: String?)], _ shape: Shape, fixed: [String], into map: inout AWSMap
    ) throws {
        let decoded = query.map { pair in
            (
                name: QueryString.decode(pair.name, plusIsSpace: true) ?? pair.name,
                value: QueryString.decode(pair.value ?? "", plusIsSpace: true) ?? pair.value ?? ""
            )
        }
        var rest: Member?
        for member in shape.members where member.location == .querystring {
            if member.shape.kind == .map {
                rest = member
                continue
            }
            let values = decoded.filter { $0.name == member.wireName }.map(\.value)
            guard let first = values.first else { continue }
            if member.shape.kind == .list, let element = member.shape.element {
                map[member.name] = .list(try values.map { try urlValue($0, element) })
            } else {
                map[member.name] = try urlValue(first, member)
            }
        }
        guard let rest else { return }
        var entries = AWSMap()
        for (name, value) in decoded where !fixed.contains(name) {
            if rest.shape.value?.shape.kind == .list {
                entries[name] = .list((entries[name]?.list ?? []) + [.string(value)])
            } else if entries[name] == nil {
                entries[name] = .string(value)
            }
        }
        if !entries.isEmpty { map[rest.name] = .map(entries) }
    }
}
