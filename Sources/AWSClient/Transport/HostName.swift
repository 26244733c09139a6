/// The host of a URL: "example.com", "::1".
struct HostName {
    let name: Substring
    /// With the port, as the `Host` header has it.
    let authority: Substring

    init(url: String) {
        var rest = url[...]
        if let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")), url.utf8[colon...].starts(with: "://".utf8) {
            rest = url[url.utf8.index(colon, offsetBy: 3)...]
        }
        self.init(authority: rest)
    }

    /// From what stands between a URL's scheme and its path; a path after it is left out.
    init(authority text: Substring) {
        let end = text.utf8.firstIndex { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) }
        var rest = text[..<(end ?? text.endIndex)]
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        authority = rest
        if rest.first == "[" {
            name = rest.dropFirst().prefix { $0 != "]" }
        } else {
            name = rest.prefix { $0 != ":" }
        }
    }

    var isLoopback: Bool { name == "localhost" || name == "::1" || name.hasPrefix("127.") }

    /// An address instead of a name: no label may be put before it.
    var isAddress: Bool { name.contains(":") || !name.isEmpty && name.allSatisfy { $0.isNumber || $0 == "." } }
}
