import AWSModel
import Foundation
import Testing

@testable import AWSClient

@Suite struct TransportTests {
    let transport = HTTPTransport()

    @Test(arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func sendsWhatItWasGivenAndNothingElse(method: String) async throws {
        let server = try TestServer { request, connection in
            connection.respond(201, headers: ["X-Answer": " yes "], body: "[\(request.method)]")
        }
        let body: [UInt8] = method == "GET" || method == "OPTIONS" ? [] : Array("body \0 bytes".utf8)
        let response = try await transport.perform(
            HTTPRequest(
                method: method, url: "\(server.url)/a/../b/./%2f?x=%20&y", headers: [("X-One", "1"), ("X-Empty", "")],
                body: .bytes(body)))
        #expect(response.status == 201)
        #expect(response.body == .bytes(Array("[\(method)]".utf8)))
        #expect(response.header("x-answer") == "yes")
        let request = try #require(server.requests.first)
        #expect(request.method == method)
        #expect(request.target == "/a/../b/./%2f?x=%20&y")
        #expect(request.body == body)
        #expect(request.header("x-one") == "1" && request.header("x-empty") == "")
        let names = Set(request.headers.map { $0.name.lowercased() })
        #expect(names.subtracting(["host", "x-one", "x-empty", "content-length"]).isEmpty, "\(names)")
    }

    @Test func headHasNoBody() async throws {
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        }
        let response = try await transport.perform(HTTPRequest(method: "HEAD", url: server.url))
        #expect(response.header("content-length") == "1000")
        #expect(response.body == .bytes([]))
    }

    @Test func connectionsAreUsedAgain() async throws {
        let server = try TestServer { _, connection in connection.respond(body: "ok") }
        let first = try await transport.perform(HTTPRequest(url: server.url))
        let second = try await transport.perform(HTTPRequest(url: server.url))
        #expect(!first.timing.reusedConnection && second.timing.reusedConnection)
        #expect(server.connectionCount == 1)
        let fresh = try await transport.perform(HTTPRequest(url: server.url, usesFreshConnection: true))
        #expect(!fresh.timing.reusedConnection)
        #expect(server.connectionCount == 2)
    }

    /// libcurl's handles keep the last request's URL: what comes next goes where it says all the same.
    @Test func eachRequestGoesToItsOwnURL() async throws {
        let server = try TestServer { request, connection in
            let isMoved = request.target == "/moved"
            return connection.respond(isMoved ? 302 : 200, headers: isMoved ? ["Location": "/there"] : [:], body: "ok")
        }
        let other = try TestServer { _, connection in connection.respond(body: "other") }
        func get(_ url: String, redirects: Int = 0) async throws -> HTTPResponse {
            try await transport.perform(HTTPRequest(url: url, maximumRedirects: redirects))
        }
        // The last two are equal as texts, but not as bytes.
        let targets = ["/a", "/a/../b/./", "/a?x=%20", "/", "/\u{e9}", "/e\u{301}"]
        for target in targets + targets.reversed() {
            for _ in 0..<3 { #expect(try await get(server.url + target).url == server.url + target) }
        }
        // libcurl sends what is no ASCII percent-encoded.
        let sent = targets.prefix(4) + ["/%c3%a9", "/e%cc%81"]
        #expect(server.requests.map(\.target) == (sent + sent.reversed()).flatMap { [$0, $0, $0] })
        for _ in 0..<3 {
            #expect(try await get(other.url + "/a").body == .bytes(Array("other".utf8)))
            #expect(try await get(server.url + "/a").body == .bytes(Array("ok".utf8)))
        }
        for _ in 0..<3 { #expect(try await get(server.url + "/moved", redirects: 2).url == server.url + "/there") }
        for _ in 0..<2 {
            #expect(await failure(HTTPRequest(url: ""))?.kind == .invalidRequest)
            #expect(await failure(HTTPRequest(url: server.url + "/a b"))?.kind == .invalidRequest)
            #expect(try await get(server.url + "/moved").status == 302)
        }
    }

    /// A connection that lay idle for long is about to be closed by the server, which would swallow the next request.
    @Test func connectionsThatLayIdleTooLongAreNotUsedAgain() async throws {
        let server = try TestServer { _, connection in connection.respond(body: "ok") }
        #expect(HTTPRequest.Timeouts().keepAlive < 118)
        var request = HTTPRequest(url: server.url)
        request.timeouts.keepAlive = 1
        _ = try await transport.perform(request)
        try await Task.sleep(for: .seconds(2.1))  // libcurl counts whole seconds
        #expect(try await transport.perform(request).timing.reusedConnection == false)
        request.timeouts.keepAlive = 50
        try await Task.sleep(for: .seconds(2.1))
        #expect(try await transport.perform(request).timing.reusedConnection)
        #expect(server.connectionCount == 2)
    }

    @Test func manyAtOnce() async throws {
        let server = try TestServer { request, connection in connection.respond(body: request.target) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let response = try await transport.perform(HTTPRequest(url: "\(server.url)/\(number)"))
                    return response.body == .bytes(Array("/\(number)".utf8))
                }
            }
            for try await matches in group { #expect(matches) }
        }
    }

    @Test func lineBreaksCannotBeSmuggledIn() async throws {
        for (name, value) in [("X-A", "1\r\nX-B: 2"), ("X-A", "1\n"), ("X A", "1"), ("", "1"), ("X:", "1")] {
            let error = await failure(HTTPRequest(url: "http://127.0.0.1:9", headers: [(name, value)]))
            #expect(error?.kind == .invalidRequest)
        }
        for url in ["http://127.0.0.1:9/a b", "http://127.0.0.1:9/\r\nX: 1", "ftp://127.0.0.1/", "nonsense", ""] {
            #expect(await failure(HTTPRequest(url: url))?.kind == .invalidRequest, "\(url)")
        }
        #expect(await failure(HTTPRequest(method: "GET / X", url: "http://127.0.0.1:9"))?.kind == .invalidRequest)
    }

    @Test func redirectsAreFollowedOnlyWhenAskedFor() async throws {
        let server = try TestServer { request, connection in
            switch request.target {
            case "/end": connection.respond(body: "end")
            case "/loop": connection.respond(302, headers: ["Location": "/loop"])
            default: connection.respond(302, headers: ["Location": "/end"], body: "moved")
            }
        }
        let stays = try await transport.perform(HTTPRequest(url: "\(server.url)/start"))
        #expect(stays.status == 302)
        #expect(stays.header("location") == "/end")
        let follows = try await transport.perform(HTTPRequest(url: "\(server.url)/start", maximumRedirects: 3))
        #expect(follows.status == 200 && follows.url == "\(server.url)/end")
        #expect(follows.body == .bytes(Array("end".utf8)))
        #expect(await failure(HTTPRequest(url: "\(server.url)/loop", maximumRedirects: 3))?.kind == .badResponse)
    }

    @Test func compressedAnswersAreUnpackedOnlyWhenAskedFor() async throws {
        // "hello" by gzip.
        let packed: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0x86, 0xa6, 0x10, 0x36, 5, 0, 0, 0,
        ]
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n")
            return connection.send(packed)
        }
        #expect(try await transport.perform(HTTPRequest(url: server.url)).body == .bytes(packed))
        #expect(server.requests.first?.header("accept-encoding") == nil)
        let unpacked = try await transport.perform(HTTPRequest(url: server.url, decompresses: true))
        #expect(unpacked.body == .bytes(Array("hello".utf8)))
    }

    @Test func aProxyGetsTheRequestAndLoopbackGoesPastTheEnvironment() async throws {
        let proxy = try TestServer { request, connection in connection.respond(body: request.target) }
        let response = try await transport.perform(
            HTTPRequest(url: "http://service.invalid/path", proxy: .url(proxy.url)))
        #expect(response.body == .bytes(Array("http://service.invalid/path".utf8)))
        #expect(HostName(url: "http://127.0.0.1:80/x").isLoopback)
        #expect(HostName(url: "http://[::1]:80/x").isLoopback)
        #expect(HostName(url: "http://user@localhost:80/x").isLoopback)
        #expect(!HostName(url: "http://localhost.example.com/").isLoopback)
        #expect(HostName(url: "http://10.0.0.1").isAddress && !HostName(url: "http://a.b").isAddress)
    }

    @Test func waitsForPermissionToSendWhenExpectSaysSo() async throws {
        let server = try TestServer { request, connection in connection.respond(body: "\(request.body.count)") }
        let response = try await transport.perform(
            HTTPRequest(
                method: "PUT", url: server.url, headers: [("Expect", "100-continue")],
                body: .bytes([UInt8](repeating: 1, count: 2 << 20))))
        #expect(response.body == .bytes(Array("2097152".utf8)))
        #expect(response.status == 200)
    }

    /// HTTP/1.0, whose answers end with their length or with the connection, and HTTP/1.1 that closes.
    @Test(arguments: [
        "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
    ])
    func serversThatCloseAfterEachAnswer(_ answer: String) async throws {
        let server = try TestServer { _, connection in
            connection.send(answer)
            connection.close()
            return false
        }
        for method in ["GET", "POST", "GET"] {
            let response = try await transport.perform(
                HTTPRequest(method: method, url: server.url, body: .bytes(method == "POST" ? [1, 2] : [])))
            #expect(response.status == 200 && response.body == .bytes(Array("hello".utf8)))
        }
        #expect(server.connectionCount == 3 && server.requests.map(\.method) == ["GET", "POST", "GET"])
    }

    private func failure(_ request: HTTPRequest) async -> TransportError? {
        do {
            _ = try await transport.perform(request)
            return nil
        } catch {
            return error
        }
    }
}
