import CCurlShim

/// Why a request got no answer. The text never holds a URL's query, where signatures and tokens live.
public struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable, Hashable {
        /// The request itself cannot be sent: a malformed URL or header, a file that cannot be read.
        case invalidRequest
        case nameResolution
        /// Nothing listens, or nothing answers, at the address.
        case connect
        case proxy
        /// The certificate is not trusted, or TLS cannot be agreed upon.
        case tls
        case connectTimeout
        /// No byte for longer than ``HTTPRequest/Timeouts/idle``.
        case idleTimeout
        /// ``HTTPRequest/Timeouts/total`` is over.
        case totalTimeout
        /// The connection broke after the request went out: it may or may not have been carried out.
        case connectionLost
        /// The body ended before it was complete.
        case truncated
        /// What came is not HTTP, or its headers or redirects are without end.
        case badResponse
        /// The answer is a redirect to where the request may not go.
        case redirectRefused
        case bodyTooLarge
        /// The body that came for a file is not the one that its headers announce.
        case checksumMismatch
        /// The answer could not be written to its file.
        case fileWrite
        /// The task that waited was cancelled.
        case cancelled
    }

    public let kind: Kind
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }

    /// Whether another attempt may succeed: faults of the network, not of the request.
    public var isTransient: Bool {
        switch kind {
        case .nameResolution, .connect, .proxy, .connectTimeout, .idleTimeout, .totalTimeout, .connectionLost,
            .truncated, .checksumMismatch:
            true
        case .invalidRequest, .tls, .badResponse, .redirectRefused, .bodyTooLarge, .fileWrite, .cancelled: false
        }
    }

    /// Whether waiting for the server took too long.
    public var isTimeout: Bool { [.connectTimeout, .idleTimeout, .totalTimeout].contains(kind) }
}

extension TransportError {
    /// What libcurl's result means for a request to `place`.
    init(
        _ code: CURLcode, detail: String, place: String, hadConnected: Bool, isFirstRequest: Bool = false,
        hasAnswered: Bool = false, request: OutgoingRequest
    ) {
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            self.init(.nameResolution, "cannot find the host of \(place): \(reason)")
        case CURLE_COULDNT_CONNECT where Self.isAboutAnother(reason, than: request.http.url):
            self.init(.proxy, "the proxy for \(place) cannot be reached (see HTTPS_PROXY and NO_PROXY): \(reason)")
        case CURLE_COULDNT_CONNECT:
            self.init(.connect, "cannot connect to \(place): \(reason)")
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            self.init(.proxy, "the proxy for \(place) fails (see HTTPS_PROXY and NO_PROXY): \(reason)")
        case CURLE_OPERATION_TIMEDOUT where !hadConnected:
            self.init(.connectTimeout, "no connection to \(place) in time: \(reason)")
        case CURLE_OPERATION_TIMEDOUT where reason.contains("too slow"):
            self.init(.idleTimeout, "\(place) sent nothing for \(Int(request.http.timeouts.idle ?? 0)) s")
        case CURLE_OPERATION_TIMEDOUT:
            self.init(.totalTimeout, "\(place) did not answer in time: \(reason)")
        case CURLE_SSL_CACERT_BADFILE:
            self.init(
                .tls,
                "no trusted TLS connection to \(place): \(reason); ca_bundle (or AWS_CA_BUNDLE, for calls of AWS) must name a "
                    + "file of certificates in PEM")
        case CURLE_SSL_CONNECT_ERROR where Self.isHangUp(reason):
            self.init(
                .connect,
                "cannot connect to \(place): the server, or something on the way to it, ended the connection before TLS was "
                    + "agreed upon: \(reason)")
        case CURLE_SSL_CERTPROBLEM:
            self.init(
                .tls,
                "the client certificate for \(place) cannot be used: \(reason); it is a file in PEM, with its key in the same "
                    + "file or in one of its own (http: client_certificate, client_key and, for an encrypted key, client_password)"
            )
        case CURLE_SSL_CONNECT_ERROR where Self.isAboutTheClient(reason),
            CURLE_RECV_ERROR where Self.isAboutTheClient(reason),
            CURLE_SEND_ERROR where Self.isAboutTheClient(reason):
            self.init(
                .tls, "\(place) does not let this client in: \(reason); \(Self.adviceOnClientCertificates(request))")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self.init(.tls, "no trusted TLS connection to \(place): \(reason); \(Self.advice(onTLS: reason))")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING:
            let what =
                hasAnswered
                ? "broke the connection in the middle of its answer" : "closed the connection without an answer"
            // In TLS 1.3 a client is done before the server has looked at its certificate: a refusal is a broken connection,
            // and the alert that says why may be lost with it.
            let mayBeRefused = request.isSecure && isFirstRequest && !hasAnswered
            self.init(
                .connectionLost,
                "\(place) \(what): \(Self.plain(reason))"
                    + (mayBeRefused ? "; \(Self.adviceOnClientCertificates(request))" : ""))
        case CURLE_PARTIAL_FILE:
            self.init(.truncated, "the answer of \(place) ended too early: \(reason)")
        case CURLE_UNSUPPORTED_PROTOCOL where reason.contains("HTTP/0.9"):
            self.init(.badResponse, "what answers at \(place) does not speak HTTP")
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            self.init(.invalidRequest, "not a usable URL: \(place): \(reason)")
        case CURLE_TOO_MANY_REDIRECTS:
            self.init(.badResponse, "\(place) redirects without end: \(reason)")
        case CURLE_OUT_OF_MEMORY:
            self.init(.badResponse, "the answer of \(place) has headers that are too large: \(reason)")
        default:
            self.init(.badResponse, "\(place): \(reason)")
        }
    }

    /// Whether another host than the URL's could not be reached: "Failed to connect to 127.0.0.1 port 3128: …".
    private static func isAboutAnother(_ reason: String, than url: String) -> Bool {
        guard let start = reason.firstRange(of: "connect to ")?.upperBound,
            let end = reason[start...].firstRange(of: " port ")?.lowerBound
        else { return false }
        return reason[start..<end].lowercased() != HostName(url: url).name.lowercased()
    }

    /// A connection that broke, which has nothing to do with certificates.
    private static func isHangUp(_ reason: String) -> Bool {
        ["reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof", "Broken pipe"].contains(where: reason.contains)
    }

    /// The alerts by which a server refuses a client for its certificate, or for having none.
    private static func isAboutTheClient(_ reason: String) -> Bool {
        guard reason.contains("alert") else { return false }
        return [
            "certificate required", "handshake failure", "unknown ca", "bad certificate", "certificate unknown",
            "certificate expired", "certificate revoked", "unsupported certificate", "access denied",
        ].contains(where: reason.contains)
    }

    private static func adviceOnClientCertificates(_ request: OutgoingRequest) -> String {
        request.http.clientCertificate.map {
            "it may not trust the client certificate \($0.path), or that has expired: give another"
        }
            ?? "a server that knows its clients by certificates wants one (http: client_certificate and client_key, files in PEM)"
    }

    /// libcurl's words, but for the name of a call by which it found out that the connection was gone.
    private static func plain(_ reason: String) -> String {
        reason.contains("getpeername") ? "it was gone when the request was to be sent" : reason
    }

    /// What to do about a TLS connection that libcurl and OpenSSL refuse for this reason.
    private static func advice(onTLS reason: String) -> String {
        if reason.contains("wrong version number") {  // what OpenSSL calls bytes that are no TLS at all
            return "a server that speaks plain HTTP has a URL that begins with http://"
        }
        if reason.contains("protocol version") || reason.contains("unsupported protocol") {
            return "the server has no TLS of version 1.2 or later, and none before is safe"
        }
        if reason.contains("target host name") {
            return "the certificate is another server's: use a host name that it holds"
        }
        if reason.contains("expired") || reason.contains("not yet valid") {
            return "the server needs a new certificate, or this machine's clock is wrong"
        }
        return
            "if the certificate's authority is your own, name a file that holds it: ca_bundle (or AWS_CA_BUNDLE, for calls of AWS)"
    }
}
