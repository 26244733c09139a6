/// The functions of AWS's endpoint rule language that work on strings.
enum RuleFunctions {
    /// `path` is names separated by dots, the last one with an index in brackets or not: "resourceId[1]".
    static func attribute(_ path: String, of value: AWSValue) -> AWSValue {
        var value = value
        for part in path.split(separator: ".") {
            guard let open = part.firstIndex(of: "[") else {
                value = value[String(part)] ?? .null
                continue
            }
            if open != part.startIndex { value = value[String(part[..<open])] ?? .null }
            guard let index = Int(part[part.index(after: open)...].dropLast()), let list = value.list,
                list.indices.contains(index)
            else { return .null }
            value = list[index]
        }
        return value
    }

    /// Characters from `start` up to `stop`, counted from the end when asked for; nil when the string is too short or
    /// holds anything but ASCII.
    static func substring(_ text: String, from start: Int, to stop: Int, fromEnd: Bool) -> String? {
        let bytes = Array(text.utf8)
        guard start >= 0, start < stop, stop <= bytes.count, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let range = fromEnd ? bytes.count - stop..<bytes.count - start : start..<stop
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// RFC 3986: everything but letters, digits and -._~ is percent-encoded, and what `kept` names.
    static func uriEncode(_ text: String, keeping kept: String = "") -> String {
        let safe = Array("-._~".utf8) + Array(kept.utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            if isAlphanumeric(byte) || safe.contains(byte) {
                result.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// RFC 1123: 1 to 63 letters, digits and hyphens, no hyphen at either end; with `dotted`, several with dots between.
    static func isHostLabel(_ text: String, dotted: Bool) -> Bool {
        if dotted {
            return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0.utf8) }
        }
        return isLabel(text[...].utf8)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { isAlphanumeric($0) || $0 == hyphen }
    }

    /// Whether a bucket's name can be part of a host name: a small-letter label of 3 or more that is no IP address.
    static func isBucketHost(_ name: String, dotted: Bool) -> Bool {
        guard name.utf8.count >= 3, !name.utf8.contains(where: { (0x41...0x5A).contains($0) }), !isIPv4(name[...])
        else {
            return false
        }
        return isHostLabel(name, dotted: dotted)
    }

    /// partition, service, region, accountId and resourceId, the resource split at ":" and "/"; nil for what is no ARN
    /// or lacks its partition, service or resource.
    static func parseARN(_ text: String) -> AWSValue? {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else {
            return nil
        }
        let resource = parts[5].split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        return [
            "partition": .string(parts[1]), "service": .string(parts[2]), "region": .string(parts[3]),
            "accountId": .string(parts[4]), "resourceId": .list(resource.map { .string(String($0)) }),
        ]
    }

    /// scheme, authority, path, normalizedPath (always with a "/" at the end) and isIp; nil for anything but an HTTP or
    /// HTTPS URL without a query.
    static func parseURL(_ text: String) -> AWSValue? {
        guard let separator = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<separator].lowercased()
        var rest = text[text.index(after: separator)...]
        guard scheme == "http" || scheme == "https", rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2)
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        if let query = rest.firstIndex(of: "?") {
            guard rest.index(after: query) == rest.endIndex else { return nil }
            rest = rest[..<query]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = String(rest[slash...])
        guard let host = host(of: authority) else { return nil }
        var normalized = uriEncode(normalizedPath(path), keeping: "/")
        if !normalized.hasSuffix("/") { normalized += "/" }
        return [
            "scheme": .string(scheme), "authority": .string(String(authority)), "path": .string(path),
            "normalizedPath": .string(normalized), "isIp": .bool(isIPv4(host) || isIPv6(host)),
        ]
    }

    /// The host without user, port and brackets; nil when the port is no number up to 65535.
    private static func host(of authority: Substring) -> Substring? {
        var rest = authority
        if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
        var port: Substring = ""
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            let after = rest[rest.index(after: close)...]
            if after.hasPrefix(":") { port = after.dropFirst() }
            rest = rest[rest.index(after: rest.startIndex)..<close]
        } else if let colon = rest.firstIndex(of: ":") {
            port = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        if !port.isEmpty {
            guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), number <= 65535 else {
                return nil
            }
        }
        return rest
    }

    /// "." and ".." resolved, slashes that follow each other made one.
    private static func normalizedPath(_ path: String) -> String {
        guard !path.isEmpty else { return "/" }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/") + (path.hasSuffix("/") && !parts.isEmpty ? "/" : "")
    }

    private static func isIPv4(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    private static func isIPv6(_ host: Substring) -> Bool {
        let address = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)[0]
        guard address.contains(":") else { return false }
        var groups = address.split(separator: ":", omittingEmptySubsequences: false)
        var count = 0
        if let last = groups.last, last.contains(".") {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count = 2
        }
        let isShort = address.contains("::")
        if isShort, address.dropFirst().contains("::"),
            address.split(separator: "::", omittingEmptySubsequences: false).count > 2
        {
            return false
        }
        for group in groups where !group.isEmpty {
            guard group.utf8.count <= 4, group.allSatisfy(\.isHexDigit) else { return false }
            count += 1
        }
        return isShort ? count < 8 : count == 8 && !groups.contains("")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
