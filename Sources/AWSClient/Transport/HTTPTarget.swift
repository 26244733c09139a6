import CCurlShim

/// Where a request goes: the host and port that libcurl takes from a URL. It reads the URL by libcurl's own parser, so that
/// whoever permits a host permits the one that is really called: "http://127.1" and "http://%65vil.example" are other hosts
/// than they seem.
public struct HTTPTarget: Sendable, Hashable {
    /// In lower case, as it is looked up: a name in its ASCII form, an address without brackets.
    public let host: String
    public let port: Int

    /// Fails for what is not an absolute `http` or `https` URL.
    ///
    /// - Throws: `TransportError` of the kind `invalidRequest`; its text holds nothing of the URL but what is wrong with it.
    public init(_ text: String) throws(TransportError) {
        guard ["http://", "https://"].contains(where: text.lowercased().hasPrefix) else {
            throw TransportError(.invalidRequest, "it does not begin with http:// or https://")
        }
        // libcurl would take the first part of the path for the host.
        guard !text.contains(/^[^:]*:\/\/\//) else { throw TransportError(.invalidRequest, "it has no host") }
        try self.init(CurlURL(text))
    }

    /// What a redirect from `base` leads to: `location` may be relative. libcurl is as lenient with spaces there.
    init(_ location: String, relativeTo base: String) throws(TransportError) {
        let url = try CurlURL(base)
        try url.set(location, flags: CURLU_ALLOW_SPACE | CURLU_URLENCODE)
        try self.init(url)
    }

    /// A proxy, which needs no scheme.
    public init(proxy: String) throws(TransportError) {
        let url = try CurlURL(proxy, flags: CURLU_DEFAULT_SCHEME | CURLU_GUESS_SCHEME)
        guard ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(url.scheme) else {
            throw TransportError(.invalidRequest, "a proxy is of the kind http, https, socks4 or socks5")
        }
        // libcurl takes socks5://localhost/path for a socket in the file system.
        guard ["", "/"].contains(url.part(CURLUPART_PATH) ?? "") else {
            throw TransportError(.invalidRequest, "a proxy's URL has no path")
        }
        // libcurl's own ports of proxies that name none.
        try self.init(url, defaultPort: url.scheme == "https" ? 443 : 1080)
    }

    private init(_ url: CurlURL, defaultPort: Int? = nil) throws(TransportError) {
        let port = url.part(CURLUPART_PORT, defaultPort == nil ? UInt32(CURLU_DEFAULT_PORT) : 0).flatMap { Int($0) }
        guard let host = url.part(CURLUPART_HOST, awscicd_url_punycode()), let port = port ?? defaultPort else {
            throw TransportError(.invalidRequest, "it has no host, or one that has to be written in its xn-- form")
        }
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw TransportError(.invalidRequest, "its host has to be written in its xn-- form")
        }
        // "example.com." is the same name.
        let name = host.lowercased()
        self.host = String(
            name.hasPrefix("[") ? name.dropFirst().dropLast() : name.hasSuffix(".") ? name.dropLast() : name[...])
        self.port = port
    }
}
