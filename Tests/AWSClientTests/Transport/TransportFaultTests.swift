import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// What servers and networks do wrong: one clear error each, in time, and never a request sent twice.
@Suite struct TransportFaultTests {
    let transport = HTTPTransport()

    private func failure(_ request: HTTPRequest) async -> TransportError? {
        do {
            _ = try await transport.perform(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func closesWithoutAnswer() async throws {
        let server = try TestServer { _, _ in false }
        let error = await failure(HTTPRequest(method: "POST", url: server.url, body: .bytes([1])))
        #expect(error?.kind == .connectionLost && error?.isTransient == true)
        #expect(server.requests.count == 1)
    }

    /// libcurl would repeat the request by itself, POST too.
    @Test(arguments: ["GET", "POST"])
    func aKeptConnectionThatDiesIsReportedAndNotRepeatedSilently(method: String) async throws {
        let server = try TestServer { request, connection in
            request.target == "/first" ? connection.respond(body: "ok") : false
        }
        _ = try await transport.perform(HTTPRequest(url: "\(server.url)/first"))
        let error = await failure(HTTPRequest(method: method, url: "\(server.url)/second"))
        #expect(error?.kind == .connectionLost)
        #expect(server.requests.filter { $0.target == "/second" }.count == 1)
    }

    @Test func truncatedBodies() async throws {
        let server = try TestServer { request, connection in
            switch request.target {
            case "/length": connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            case "/chunks":
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwo")
            default: connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
            }
            return false
        }
        #expect(await failure(HTTPRequest(url: "\(server.url)/length"))?.kind == .truncated)
        #expect(await failure(HTTPRequest(url: "\(server.url)/chunks"))?.kind == .truncated)
        #expect(await failure(HTTPRequest(url: "\(server.url)/broken"))?.isTransient == true)
    }

    @Test func notHTTP() async throws {
        let server = try TestServer { _, connection in
            connection.send("SSH-2.0-OpenSSH_9.2\r\n")
            return false
        }
        let error = await failure(HTTPRequest(url: server.url))
        #expect(error?.kind == .badResponse && error?.message.contains("does not speak HTTP") == true)
    }

    @Test func stalls() async throws {
        let server = try TestServer { request, connection in
            if request.target == "/half" { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
            connection.stall()
            return false
        }
        let total = HTTPRequest.Timeouts(connect: 5, idle: nil, total: 0.2)
        #expect(await failure(HTTPRequest(url: server.url, timeouts: total))?.kind == .totalTimeout)
        #expect(await failure(HTTPRequest(url: "\(server.url)/half", timeouts: total))?.kind == .totalTimeout)
        let idle = HTTPRequest.Timeouts(connect: 5, idle: 1)
        #expect(await failure(HTTPRequest(url: server.url, timeouts: idle))?.kind == .idleTimeout)
        do {
            _ = try await transport.perform(HTTPRequest(url: server.url), deadline: .now - .seconds(1))
            Issue.record("a deadline that is over lets nothing through")
        } catch {
            #expect(error.kind == .totalTimeout)
        }
    }

    @Test func nothingListens() async throws {
        let server = try TestServer { _, _ in false }
        server.stop()
        let error = await failure(HTTPRequest(url: "\(server.url)/path?secret=hidden"))
        #expect(error?.kind == .connect)
        #expect(error?.message.contains("/path") == true && error?.message.contains("hidden") == false)
        #expect(await failure(HTTPRequest(url: "http://no-such-host.invalid/"))?.kind == .nameResolution)
    }

    #if os(Linux)
    /// A full backlog drops what knocks: the connection is never made.
    @Test func nobodyOpensTheDoor() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var clients: [Int32] = []
        defer { clients.forEach { close($0) } }
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(listener, pointer, length)
                listen(listener, 0)
                getsockname(listener, pointer, &length)
                for _ in 0..<3 {
                    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                    _ = connect(client, pointer, length)
                    clients.append(client)
                }
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let error = await failure(
            HTTPRequest(url: "http://127.0.0.1:\(port)", timeouts: .init(connect: 0.3, idle: nil, total: 5)))
        #expect(error?.kind == .connectTimeout)
    }
    #endif

    @Test func headersWithoutEnd() async throws {
        let server = try TestServer { request, connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            if request.target == "/one" {
                connection.send("X-Large: \(String(repeating: "x", count: 1 << 20))\r\n\r\n")
            } else {
                for number in 0..<20000 where !connection.send("X-\(number): \(String(repeating: "y", count: 50))\r\n")
                {
                    break
                }
            }
            return false
        }
        for path in ["/one", "/many"] {
            let error = await failure(HTTPRequest(url: server.url + path))
            #expect(error?.kind == .badResponse, "\(path): \(String(describing: error))")
        }
    }

    @Test func bodiesWithoutEnd() async throws {
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            let block = [UInt8](repeating: 0, count: 1 << 16)
            while connection.send(block) {}
            return false
        }
        let error = await failure(HTTPRequest(url: server.url, responseBody: .memory(limit: 1 << 20)))
        #expect(error?.kind == .bodyTooLarge)
        #expect(error?.message.contains("file") == true)
    }

    /// An announced length over the limit is refused before the bytes come.
    @Test func bodiesThatAnnounceTooMuch() async throws {
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx")
            connection.stall()
            return false
        }
        #expect(await failure(HTTPRequest(url: server.url))?.kind == .bodyTooLarge)
    }

    @Test func closingDuringALargeUploadKillsNobody() async throws {
        let server = try TestServer { _, _ in false }
        server.stop()
        let closing = try TestServer { request, connection in
            connection.close()
            return false
        }
        let error = await failure(
            HTTPRequest(
                method: "PUT", url: closing.url, headers: [("Expect", "100-continue")],
                body: .bytes([UInt8](repeating: 0, count: 32 << 20))))
        #expect(error?.kind == .connectionLost || error?.kind == .truncated)
    }
}
