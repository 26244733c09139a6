import Foundation

/// A server with a certificate of its own making that answers 200 with the protocol that was agreed on (ALPN) as its body,
/// and keeps the last request in a file; needs `openssl` and `python3`.
final class TLSEchoServer {
    let url: String
    let certificate: String
    let key: String
    private let kept: String
    private let server: Command

    struct NotStarted: Error { let reason: String }

    /// - Parameters:
    ///   - protocols: what it speaks, in its order of preference; without any it knows nothing of ALPN.
    ///   - clients: the version of TLS in which it asks for a client certificate and trusts its own alone, "1.2" or "1.3".
    init(_ directory: TemporaryDirectory, protocols: [String] = [], clients: String? = nil) async throws {
        key = directory.path + "/key.pem"
        certificate = directory.path + "/certificate.pem"
        kept = directory.path + "/request"
        let made = await Command.run([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        if made.status != 0 { throw NotStarted(reason: "openssl: \(made.output)") }
        server = try Command.start(["python3", "-c", Self.program, certificate, key, kept, clients ?? ""] + protocols)
        guard let port = await server.firstLine() else { throw NotStarted(reason: "the TLS server needs python3") }
        url = "https://127.0.0.1:\(port)"
    }

    deinit {
        server.program.send(SIGKILL)
    }

    func request() async -> TestRequest? {
        guard let bytes = try? Data(contentsOf: URL(filePath: kept)),
            let end = bytes.firstRange(of: Data("\r\n\r\n".utf8))
        else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts[1].trimmingCharacters(in: .whitespaces))
        }
        return TestRequest(
            method: String(words[0]), target: String(words[1]), headers: headers, body: Array(bytes[end.upperBound...]))
    }

    private static let program = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        if sys.argv[4]:
            context.minimum_version = context.maximum_version = ssl.TLSVersion["TLSv" + sys.argv[4].replace(".", "_")]
            context.load_verify_locations(sys.argv[1])
            context.verify_mode = ssl.CERT_REQUIRED
        if sys.argv[5:]: context.set_alpn_protocols(sys.argv[5:])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            try:
                with context.wrap_socket(client, server_side=True) as stream:
                    data, length = b"", None
                    while length is None or len(data) < length:
                        more = stream.recv(65536)
                        if not more: break
                        data += more
                        head, mark, _ = data.partition(b"\\r\\n\\r\\n")
                        if mark and length is None:
                            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\\r\\n")[1:])
                            length = len(head) + 4 + int(fields.get(b"content-length", 0))
                    with open(sys.argv[3], "wb") as file: file.write(data)
                    body = (stream.selected_alpn_protocol() or "none").encode()
                    head = f"HTTP/1.1 200 OK\\r\\nContent-Length: {len(body)}\\r\\nConnection: close\\r\\n\\r\\n"
                    stream.sendall(head.encode() + body)
            except OSError:
                pass
        """
}
