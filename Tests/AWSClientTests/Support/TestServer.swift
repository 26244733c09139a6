import Foundation
import Synchronization

/// An HTTP server on loopback that does what a test tells it to, wrong things included.
///
/// The handler runs on the connection's own thread, once for each request; it returns whether the connection goes on.
final class TestServer: Sendable {
    typealias Handler = @Sendable (TestRequest, TestConnection) -> Bool

    let port: UInt16
    private let listener: Int32
    private let handler: Handler
    private let isStopped = Mutex(false)
    private let state = Mutex<(requests: [TestRequest], connections: [TestConnection])>(([], []))

    init(backlog: Int32 = 128, _ handler: @escaping Handler) throws {
        self.handler = handler
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) == 0 && listen(socket, backlog) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard result else { throw POSIXError(.EADDRNOTAVAIL) }
        listener = socket
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0, let self else {
                    if client >= 0 { close(client) }
                    close(socket)
                    return
                }
                let connection = TestConnection(client)
                self.state.withLock { $0.connections.append(connection) }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit { stop() }

    func stop() {
        let first = isStopped.withLock { stopped in
            defer { stopped = true }
            return !stopped
        }
        if !first { return }
        // Only the threads that use a descriptor close it: the number may be another test's a moment later.
        shutdown(listener, Int32(SHUT_RDWR))
        connections.forEach { $0.close() }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [TestRequest] { state.withLock { $0.requests } }
    var connections: [TestConnection] { state.withLock { $0.connections } }
    var connectionCount: Int { connections.count }

    private func serve(_ connection: TestConnection) {
        while let request = connection.readRequest() {
            state.withLock { $0.requests.append(request) }
            if !handler(request, connection) { break }
        }
        connection.release()
    }
}

struct TestRequest: Sendable {
    var method: String
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

final class TestConnection: Sendable {
    private let descriptor: Int32
    private let isReleased = Mutex(false)
    private let received = Mutex<[UInt8]>([])
    let sentBytes = Atomic(0)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func readRequest() -> TestRequest? {
        var buffer = received.withLock { $0 }
        while true {
            if let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) {
                let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
                let words = lines[0].split(separator: " ")
                let headers = lines.dropFirst().map { line in
                    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    return (name: String(parts[0]), value: parts[1].trimmingCharacters(in: .whitespaces))
                }
                var request = TestRequest(
                    method: String(words[0]), target: String(words[1]), headers: headers, body: [])
                var rest = Array(buffer[end.upperBound...])
                let length = request.header("content-length").flatMap(Int.init) ?? 0
                if request.header("expect")?.lowercased() == "100-continue" { send("HTTP/1.1 100 Continue\r\n\r\n") }
                while rest.count < length {
                    guard let more = read() else { return nil }
                    rest += more
                }
                request.body = Array(rest.prefix(length))
                received.withLock { $0 = Array(rest.dropFirst(length)) }
                return request
            }
            guard let more = read() else { return nil }
            buffer += more
        }
    }

    private func read() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk[..<count]) : nil
    }

    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                #if os(Linux)
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                #else
                Foundation.send(descriptor, $0.baseAddress, $0.count, 0)
                #endif
            }
            if count <= 0 { return false }
            sent += count
            sentBytes.add(count, ordering: .relaxed)
        }
        return true
    }

    /// A whole answer; the connection stays usable.
    func respond(_ status: Int = 200, headers: [String: String] = [:], body: String = "") -> Bool {
        let lines = headers.map { "\($0): \($1)\r\n" }.joined()
        return send("HTTP/1.1 \(status) Status\r\nContent-Length: \(body.utf8.count)\r\n\(lines)\r\n\(body)")
    }

    /// Answers nothing until the other side hangs up.
    func stall() {
        while read() != nil {}
    }

    /// Hangs up.
    func close() {
        isReleased.withLock { isReleased in
            if !isReleased { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// At the end of the connection's thread.
    func release() {
        isReleased.withLock { isReleased in
            if !isReleased {
                shutdown(descriptor, Int32(SHUT_RDWR))
                Foundation.close(descriptor)
            }
            isReleased = true
        }
    }
}

/// A directory that is gone when the test is over.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "awscicd-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ content: String? = nil) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        if let content { try content.write(toFile: file, atomically: true, encoding: .utf8) }
        return file
    }

    var fileNames: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
