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
        // By bytes: what divides a URL is ASCII, and characters would have to be put together first.
        let end = text.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        var rest = text[..<(end ?? text.endIndex)].utf8
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) { rest = rest[rest.index(after: at)...] }
        authority = Substring(rest)
        if rest.first == UInt8(ascii: "[") {
            name = Substring(rest.dropFirst().prefix { $0 != UInt8(ascii: "]") })
        } else {
            name = Substring(rest.prefix { $0 != UInt8(ascii: ":") })
        }
    }

    /// "127.example.com" is a name like any other.
    var isLoopback: Bool { name == "localhost" || name == "::1" || isAddress && name.utf8.starts(with: "127.".utf8) }

    /// An address instead of a name: no label may be put before it.
    var isAddress: Bool {
        name.utf8.contains(UInt8(ascii: ":"))
            || !name.isEmpty && name.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }
}
