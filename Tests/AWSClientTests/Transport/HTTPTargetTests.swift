import Testing

@testable import AWSClient

/// The host that is permitted is the host that is called.
@Suite struct HTTPTargetTests {
    @Test(arguments: [
        ("http://example.com", "example.com", 80), ("https://example.com/a:1", "example.com", 443),
        ("HTTPS://EXAMPLE.com.:8443?x=http://other", "example.com", 8443),
        ("http://user:pass%40word@host:81/", "host", 81), ("http://host#@other", "host", 80),
        ("http://host?@other=http:///", "host", 80), ("http://[::1]:8080/", "::1", 8080),
        ("http://[0:0::0:1]/", "::1", 80),
    ])
    func parts(url: String, host: String, port: Int) throws {
        let target = try HTTPTarget(url)
        #expect(target.host == host)
        #expect(target.port == port)
    }

    @Test(arguments: [
        ("ftp://example.com", "http://"), ("example.com", "http://"), ("http:example.com", "http://"),
        ("http:///x", "no host"), ("http://", "host"), ("http://a:99999/", "Port"), ("http://a b/", "hostname"),
        ("", "http://"),
        ("http://user:pass@word@host:81/", "hostname"), ("http://bücher.example/", "xn--"),
        ("http://b%C3%BCcher.example/", "xn--"),
    ])
    func whatCannotBeCalled(url: String, reason: String) throws {
        let error = #expect(throws: TransportError.self) { try HTTPTarget(url) }
        #expect(error?.kind == .invalidRequest)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("proxy.example:3128", "proxy.example", 3128), ("http://proxy.example", "proxy.example", 1080),
        ("https://user:word@proxy.example/", "proxy.example", 443), ("socks5h://10.1", "10.0.0.1", 1080),
    ])
    func proxies(url: String, host: String, port: Int) throws {
        #expect(try HTTPTarget(proxy: url).host == host)
        #expect(try HTTPTarget(proxy: url).port == port)
    }

    @Test func proxiesThatAreNone() {
        for url in ["ftp://proxy.example", "socks5://localhost/run/socket", "http://a:b:c", ""] {
            #expect(throws: TransportError.self) { try HTTPTarget(proxy: url) }
        }
    }

    /// Spellings of one address, each of which libcurl connects to.
    @Test(arguments: ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "%31%32%37.0.0.1", "a:b@127.0.0.1"])
    func spellingsOfAnAddress(host: String) async throws {
        let server = try TestServer { _, connection in connection.respond(body: "here") }
        let url = "http://\(host):\(server.port)/"
        let target = try HTTPTarget(url)
        #expect(target.host == "127.0.0.1")
        #expect(target.port == Int(server.port))
        let response = try await HTTPTransport().perform(HTTPRequest(url: url, proxy: .none))
        #expect(response.body == .bytes(Array("here".utf8)))
    }

    @Test func redirectsThatAreRefused() async throws {
        let server = try TestServer { request, connection in
            connection.respond(
                302, headers: ["Location": request.target == "/relative" ? "other path" : "http://localhost:9/"],
                body: "")
        }
        var request = HTTPRequest(url: "\(server.url)/absolute", maximumRedirects: 3)
        let allowed = Int(server.port)
        request.mayFollow = { $0.host == "127.0.0.1" && $0.port == allowed }
        var error = await #expect(throws: TransportError.self) { try await HTTPTransport().perform(request) }
        #expect(error?.kind == .redirectRefused)
        #expect(error?.message.contains("redirects to localhost:9, which is not followed") == true)
        #expect(server.requests.count == 1)
        // The second leads away from the server's own.
        request.url = "\(server.url)/relative"
        error = await #expect(throws: TransportError.self) { try await HTTPTransport().perform(request) }
        #expect(error?.kind == .redirectRefused)
        #expect(server.requests.map(\.target) == ["/absolute", "/relative", "/other%20path"])
        // One that is not followed is an answer.
        request.maximumRedirects = 0
        #expect(try await HTTPTransport().perform(request).status == 302)
    }

    @Test(arguments: [
        ("http://host/path?token=1#x", "http://host/path"), ("http://user:pass@host:1/a@b", "http://****@host:1/a@b"),
        ("https://token@host", "https://****@host"), ("http://a@b@host?c@d", "http://****@host"), ("host?x", "host"),
    ])
    func whatIsShownOfAURL(url: String, shown: String) { #expect(url.shownURL == shown) }

    @Test func errorsHoldNoPassword() async {
        await #expect {
            _ = try await HTTPTransport().perform(
                HTTPRequest(url: "http://user:hidden@127.0.0.1:1/?hidden", proxy: .none))
        } throws: {
            "\($0)".contains("cannot connect to http://****@127.0.0.1:1/") && !"\($0)".contains("hidden")
        }
    }
}
