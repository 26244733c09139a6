import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// Bodies from and to files, streams, and cancellation.
@Suite struct TransportFileTests {
    let transport = HTTPTransport()

    private func failure(_ request: HTTPRequest) async -> TransportError? {
        do {
            _ = try await transport.perform(request)
            return nil
        } catch {
            return error
        }
    }

    @Test func uploadsPartOfAFile() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("source", String(repeating: "0123456789", count: 30000))
        let server = try TestServer { request, connection in connection.respond(body: "\(request.body.count)") }
        let response = try await transport.perform(
            HTTPRequest(method: "PUT", url: server.url, body: .file(path: path, offset: 5, length: 250_000)))
        #expect(response.status == 200)
        let body = try #require(server.requests.first?.body)
        #expect(body.count == 250_000)
        #expect(String(decoding: body.prefix(7), as: UTF8.self) == "5678901")
        #expect(server.requests.first?.header("expect") == nil)
        #expect(server.requests.first?.header("content-type") == nil)
        // libcurl would ask for consent before it sends a file, however small.
        for length: Int64 in [0, 1, 300, 100_000] {
            let body = AWSBody.file(path: path, offset: 0, length: length)
            _ = try await transport.perform(HTTPRequest(method: "PUT", url: server.url, body: body))
            #expect(server.requests.last?.body.count == Int(length))
            #expect(server.requests.last?.header("expect") == nil)
        }

        #expect(
            await failure(
                HTTPRequest(method: "PUT", url: server.url, body: .file(path: path, offset: 0, length: 300_001)))?
                .message.contains("became shorter") == true)
        let missing = HTTPRequest(
            method: "PUT", url: server.url, body: .file(path: directory.path + "/none", offset: 0, length: 1))
        #expect(await failure(missing)?.kind == .invalidRequest)
    }

    @Test func downloadsToAFileOnlyWhatIsComplete() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.file("target", "old")
        let large = String(repeating: "x", count: 1 << 20)
        let server = try TestServer { request, connection in
            switch request.target {
            case "/good": return connection.respond(body: large)
            case "/empty": return connection.respond()
            case "/missing": return connection.respond(404, body: "<Error/>")
            default:
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                return false
            }
        }
        func get(_ target: String, path: String) -> HTTPRequest {
            HTTPRequest(url: server.url + target, responseBody: .file(path: path))
        }
        #expect(await failure(get("/half", path: path))?.kind == .truncated)
        let missing = try await transport.perform(get("/missing", path: path))
        #expect(missing.status == 404 && missing.body == .bytes(Array("<Error/>".utf8)))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
        let good = try await transport.perform(get("/good", path: path))
        #expect(good.body == .file(path: path, offset: 0, length: 1 << 20))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == large)
        #expect(directory.fileNames == ["target"], "nothing half-written remains")
        let empty = try await transport.perform(get("/empty", path: path))
        #expect(empty.body == .file(path: path, offset: 0, length: 0))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "")
        #expect(await failure(get("/good", path: directory.path + "/no/such/place"))?.kind == .fileWrite)
    }

    /// What is at a file's place stays what it is: a link, a mode, a device.
    @Test func downloadsKeepWhatIsAtTheirPlace() async throws {
        let directory = try TemporaryDirectory()
        let server = try TestServer { _, connection in connection.respond(body: "new") }
        func get(_ path: String) async throws -> HTTPResponse {
            try await transport.perform(HTTPRequest(url: server.url, responseBody: .file(path: path)))
        }
        let secret = try directory.file("secret", "old")
        chmod(secret, 0o600)
        let link = directory.path + "/link"
        symlink("secret", link)
        #expect(try await get(link).body == .file(path: link, offset: 0, length: 3))
        var status = stat()
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(lstat(secret, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        #expect(try String(contentsOfFile: secret, encoding: .utf8) == "new")
        #expect(try await get("/dev/null").status == 200)
        #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        let pipe = directory.path + "/pipe"
        mkfifo(pipe, 0o600)
        for (path, word) in [(pipe, "a pipe"), (directory.path, "a folder")] {
            let error = await failure(HTTPRequest(url: server.url, responseBody: .file(path: path)))
            #expect(error?.kind == .fileWrite && error?.message.contains(word) == true)
        }
        #expect(directory.fileNames.sorted() == ["link", "pipe", "secret"])
    }

    @Test func streamsNoFasterThanTheyAreRead() async throws {
        let total = 64 << 20
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 7, count: 1 << 16)
            for _ in 0..<(total / block.count) where !connection.send(block) { return false }
            return true
        }
        let stream = try await transport.stream(HTTPRequest(url: server.url))
        #expect(stream.status == 200)
        var count = try #require(try await stream.body.next()).count
        // A slower machine only makes this easier: what counts is that the server is held back.
        try await Task.sleep(for: .milliseconds(200))
        #expect(server.sentBytes < 32 << 20, "the server sent \(server.sentBytes) bytes though nobody read")
        for try await chunk in stream.body { count += chunk.count }
        #expect(count == total)
    }

    @Test func errorsInStreamsReachTheReader() async throws {
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            return false
        }
        let stream = try await transport.stream(HTTPRequest(url: server.url))
        var received: [UInt8] = []
        do throws(TransportError) {
            while let chunk = try await stream.body.next() { received += chunk }
            Issue.record("a truncated stream ended without an error")
        } catch {
            #expect(error.kind == .truncated)
        }
        #expect(received == Array("half".utf8))
    }

    @Test func callbacksGetTheBodyOfSuccessesOnly() async throws {
        let server = try TestServer { request, connection in
            connection.respond(request.target == "/good" ? 200 : 500, body: "content")
        }
        let collected = Collected()
        let good = try await transport.perform(HTTPRequest(url: "\(server.url)/good")) { await collected.add($0) }
        #expect(good.status == 200 && good.body == .bytes([]))
        #expect(await collected.bytes == Array("content".utf8))
        let bad = try await transport.perform(HTTPRequest(url: "\(server.url)/bad")) { await collected.add($0) }
        #expect(bad.status == 500 && bad.body == .bytes(Array("content".utf8)))
        #expect(await collected.bytes.count == 7)
    }

    private actor Collected {
        var bytes: [UInt8] = []
        func add(_ more: [UInt8]) { bytes += more }
    }

    @Test func cancellationEndsAWaitAtOnce() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let (closings, closed) = AsyncStream.makeStream(of: Void.self)
        let server = try TestServer { _, connection in
            arrived.yield()
            connection.stall()  // returns when the client hangs up
            closed.yield()
            return false
        }
        let task = Task { await failure(HTTPRequest(url: server.url)) }
        for await _ in arrivals { break }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        for await _ in closings { break }
    }

    @Test func aCancelledDownloadLeavesNoFile() async throws {
        let directory = try TemporaryDirectory()
        let (halves, sent) = AsyncStream.makeStream(of: Void.self)
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            sent.yield()
            connection.stall()
            return false
        }
        let request = HTTPRequest(url: server.url, responseBody: .file(path: directory.path + "/target"))
        let task = Task { await failure(request) }
        for await _ in halves { break }
        // Most file systems have files without a name, so there is nothing to wait for.
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(directory.fileNames.isEmpty)
    }

    @Test func cancellationBeforeTheStartSendsNothing() async throws {
        let server = try TestServer { _, connection in connection.respond() }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(HTTPRequest(url: server.url))
        }
        #expect(await task.value?.kind == .cancelled)
        #expect(server.requests.isEmpty)
    }

    @Test func lettingGoOfAStreamHangsUp() async throws {
        let (closings, closed) = AsyncStream.makeStream(of: Void.self)
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\nbeginning")
            connection.stall()
            closed.yield()
            return false
        }
        var stream: HTTPStream? = try await transport.stream(HTTPRequest(url: server.url))
        #expect(try await stream?.body.next() == Array("beginning".utf8))
        stream = nil
        for await _ in closings { break }
    }

    @Test func cancellationReachesTheReaderOfAStream() async throws {
        let server = try TestServer { _, connection in
            connection.send("HTTP/1.1 200 OK\r\n\r\nbeginning")
            connection.stall()
            return false
        }
        let stream = try await transport.stream(HTTPRequest(url: server.url))
        _ = try await stream.body.next()
        let task = Task {
            do throws(TransportError) {
                _ = try await stream.body.next()
                return TransportError.Kind?.none
            } catch { return error.kind }
        }
        task.cancel()
        #expect(await task.value == .cancelled)
    }
}

extension TestServer {
    var sentBytes: Int { connections.reduce(0) { $0 + $1.sentBytes.load(ordering: .relaxed) } }
}
