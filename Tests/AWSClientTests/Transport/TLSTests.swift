import AWSModel
import Foundation
import Testing

@testable import AWSClient

/// TLS against a server with a certificate of its own making; needs `openssl` and `python3`.
@Suite struct TLSTests {
    @Test func certificatesAreVerified() async throws {
        let directory = try TemporaryDirectory()
        let key = directory.path + "/key.pem"
        let certificate = directory.path + "/certificate.pem"
        let made = await Command.run([
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ])
        try #require(made.status == 0, "openssl: \(made.output)")
        let server = try Command.start(["python3", "-c", Self.serverProgram, certificate, key])
        defer { kill(server.process.processIdentifier, SIGKILL) }
        let port = try #require(await server.firstLine(), "the TLS server did not start; it needs python3")

        let transport = HTTPTransport()
        let url = "https://127.0.0.1:\(port)/"
        do {
            _ = try await transport.perform(HTTPRequest(url: url))
            Issue.record("an unknown certificate was trusted")
        } catch {
            #expect(error.kind == .tls)
            #expect(error.message.contains("AWS_CA_BUNDLE"))
            #expect(!error.isTransient)
        }
        let response = try await transport.perform(HTTPRequest(url: url, caBundle: certificate))
        #expect(response.status == 200)
        do {
            _ = try await transport.perform(HTTPRequest(url: "https://localhost:\(port)/", caBundle: certificate))
            Issue.record("a certificate for another name was trusted")
        } catch {
            #expect(error.kind == .tls)
        }
    }

    private static let serverProgram = """
        import socket, ssl, sys
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            client, _ = listener.accept()
            try:
                with context.wrap_socket(client, server_side=True) as stream:
                    stream.recv(65536)
                    stream.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok")
            except OSError:
                pass
        """
}
