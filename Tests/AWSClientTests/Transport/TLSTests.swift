import AWSModel
import CCurlShim
import Foundation
import Testing

@testable import AWSClient

/// TLS against a server with a certificate of its own making; needs `openssl` and `python3`.
@Suite struct TLSTests {
    @Test func certificatesAreVerified() async throws {
        let directory = try TemporaryDirectory()
        let server = try await TLSEchoServer(directory)
        let transport = HTTPTransport()
        do {
            _ = try await transport.perform(HTTPRequest(url: server.url))
            Issue.record("an unknown certificate was trusted")
        } catch {
            #expect(error.kind == .tls)
            #expect(error.message.contains("AWS_CA_BUNDLE"))
            #expect(!error.isTransient)
        }
        let response = try await transport.perform(HTTPRequest(url: server.url, caBundle: server.certificate))
        #expect(response.status == 200)
        let other = server.url.replacing("127.0.0.1", with: "localhost")
        do {
            _ = try await transport.perform(HTTPRequest(url: other, caBundle: server.certificate))
            Issue.record("a certificate for another name was trusted")
        } catch {
            #expect(error.kind == .tls)
            #expect(error.message.contains("use a host name that it holds"), "\(error)")
        }
    }

    /// In TLS 1.3 the refusal comes after the client has begun to send, in one of several shapes: each says what to do.
    @Test(arguments: ["1.2", "1.3"])
    func serversThatKnowTheirClients(version: String) async throws {
        let directory = try TemporaryDirectory()
        let server = try await TLSEchoServer(directory, clients: version)
        let strangers = try TemporaryDirectory()
        let stranger = try await TLSEchoServer(strangers)
        var request = HTTPRequest(url: server.url, caBundle: server.certificate)

        func refusal() async -> TransportError? {
            do throws(TransportError) {
                _ = try await HTTPTransport().perform(request)
                Issue.record("the server let in whom it does not know")
                return nil
            } catch {
                return error
            }
        }
        for _ in 1...5 {
            let error = try #require(await refusal())
            #expect(error.message.contains("wants one (http: client_certificate and client_key"), "\(error)")
            #expect(!error.message.contains("getpeername"), "\(error)")
        }
        request.clientCertificate = .init(path: stranger.certificate, keyPath: stranger.key)
        let unknown = try #require(await refusal())
        #expect(unknown.message.contains("may not trust the client certificate \(stranger.certificate)"), "\(unknown)")

        for mistake in [
            HTTPRequest.ClientCertificate(path: "/no/such/certificate.pem"),
            .init(path: server.certificate),  // the key is not in it
            .init(path: server.certificate, keyPath: stranger.key),
        ] {
            request.clientCertificate = mistake
            let error = try #require(await refusal())
            #expect(error.kind == .tls && error.message.contains("it is a file in PEM, with its key"), "\(error)")
        }
        request.clientCertificate = .init(path: server.certificate, keyPath: server.key)
        #expect(try await HTTPTransport().perform(request).status == 200)
    }

    /// HTTP/2 is neither needed nor offered: a server that has it is spoken to in HTTP/1.1, as one that has nothing else.
    @Test(arguments: [
        (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["http/1.0", "http/1.1"], "http/1.1"),
        ([], "none"),
    ])
    func serversOfHTTP11(_ protocols: [String], _ agreed: String) async throws {
        let directory = try TemporaryDirectory()
        let server = try await TLSEchoServer(directory, protocols: protocols)
        let request = HTTPRequest(method: "POST", url: server.url, body: .bytes([1]), caBundle: server.certificate)
        let response = try await HTTPTransport().perform(request)
        #expect(response.status == 200 && response.body == .bytes(Array(agreed.utf8)))
        #expect(await server.request()?.body == [1])
    }

    /// What is wrong is said, and what to do about it.
    @Test func mistakesOfTheSetUp() async throws {
        let server = try TestServer { _, connection in connection.respond() }
        let request = HTTPRequest(
            url: server.url.replacing("http:", with: "https:"), caBundle: "/no/such/authorities.pem")
        do throws(TransportError) {
            _ = try await HTTPTransport().perform(request)
            Issue.record("a server was trusted without authorities")
        } catch {
            #expect(error.kind == .tls && error.message.contains("must name a file of certificates"), "\(error)")
        }
        let plain = TransportError(
            CURLE_SSL_CONNECT_ERROR, detail: "SSL routines::wrong version number", place: request.url,
            hadConnected: true,
            request: OutgoingRequest(request))
        #expect(plain.kind == .tls && plain.message.contains("begins with http://"))
        let old = TransportError(
            CURLE_SSL_CONNECT_ERROR, detail: "SSL routines::tlsv1 alert protocol version", place: request.url,
            hadConnected: true, request: OutgoingRequest(request))
        #expect(old.kind == .tls && old.message.contains("no TLS of version 1.2 or later"))
        let expired = TransportError(
            CURLE_PEER_FAILED_VERIFICATION, detail: "SSL certificate problem: certificate has expired",
            place: request.url, hadConnected: true, request: OutgoingRequest(request))
        #expect(expired.kind == .tls && expired.message.contains("needs a new certificate"))
    }

    /// A connection that breaks is no matter of certificates, and may hold the next time.
    @Test(arguments: [
        "Recv failure: Connection reset by peer", "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to x",
    ])
    func aServerThatHangsUpInTheHandshake(reason: String) {
        let request = HTTPRequest(url: "https://127.0.0.1/")
        let error = TransportError(
            CURLE_SSL_CONNECT_ERROR, detail: reason, place: request.url, hadConnected: false,
            request: OutgoingRequest(request))
        #expect(error.kind == .connect && error.isTransient)
        #expect(error.message.contains("ended the connection before TLS was agreed upon"))
    }
}
