import NIOCore
import NIOHTTP1

/// Heads as they are changed on the way: ALB's headers added, those of a single connection left out.
enum HTTPForwarding {
    private static let hopByHop = [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade", "expect",
    ]

    /// What ALB answers itself, whatever its rules say: TRACE is not supported, and of addresses in X-Forwarded-For 30 are
    /// (its guide, "Troubleshoot your Application Load Balancers": HTTP 405, HTTP 463). CONNECT asks for a proxy, which it
    /// is not.
    static func refusal(_ head: HTTPRequestHead) -> (status: Int, reason: String)? {
        if head.method == .TRACE || head.method == .CONNECT { return (405, "Method Not Allowed") }
        return head.headers[canonicalForm: "x-forwarded-for"].count > 30 ? (463, "") : nil
    }

    static func request(_ head: HTTPRequestHead, source: String, port: Int) -> HTTPRequestHead {
        var head = head
        head.version = .http1_1
        var names = hopByHop
        names += head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        for name in names { head.headers.remove(name: name) }
        if !head.headers.contains(name: "host") { head.headers.add(name: "Host", value: "") }
        let earlier = head.headers[canonicalForm: "x-forwarded-for"].map(String.init)
        head.headers.replaceOrAdd(name: "X-Forwarded-For", value: (earlier + [source]).joined(separator: ", "))
        head.headers.replaceOrAdd(name: "X-Forwarded-Proto", value: "http")
        head.headers.replaceOrAdd(name: "X-Forwarded-Port", value: String(port))
        let trace = trace(head.headers.first(name: "x-amzn-trace-id"))
        head.headers.replaceOrAdd(name: "X-Amzn-Trace-Id", value: trace)
        return head
    }

    /// ALB's guide, "Request tracing": a Root of its own where there is none, else its Self in front of what there is, in the
    /// place of an earlier one. A value of more than 7 KB is made anew.
    private static func trace(_ earlier: String?) -> String {
        let own = "1-\(String(UInt32(CloudClock.realNow), radix: 16))-\(Identifier.hex(24))"
        let given: String = earlier ?? ""
        let fields = given.split(separator: ";").map { String($0.drop { $0 == " " }) }
        guard given.utf8.count <= 7 << 10, fields.contains(where: { $0.hasPrefix("Root=") }) else {
            return "Root=\(own)"
        }
        return (["Self=\(own)"] + fields.filter { !$0.hasPrefix("Self=") }).joined(separator: ";")
    }

    static func response(_ head: HTTPResponseHead, keepsAlive: Bool, request: HTTPRequestHead) -> HTTPResponseHead {
        var head = head
        for name in ["connection", "keep-alive", "proxy-connection", "upgrade"] { head.headers.remove(name: name) }
        head.version = request.version.major == 1 ? request.version : .http1_1
        head.headers.add(name: "Connection", value: keepsAlive ? "keep-alive" : "close")
        return head
    }

    /// A response of the load balancer itself, in the form that ALB gives its errors.
    static func own(
        _ status: Int, _ reason: String?, type: String, body: String?, headers: [(String, String)], keepsAlive: Bool,
        isHead: Bool, allocator: ByteBufferAllocator
    ) -> (head: HTTPResponseHead, body: ByteBuffer?) {
        let code = HTTPResponseStatus(statusCode: status)
        let reason = reason ?? code.reasonPhrase
        let text =
            body
            ?? "<html>\r\n<head><title>\(status) \(reason)</title></head>\r\n<body>\r\n<center><h1>\(status) \(reason)</h1></center>\r\n</body>\r\n</html>\r\n"
        var fields = HTTPHeaders([("Server", "awselb/2.0"), ("Content-Type", type)])
        for (name, value) in headers { fields.add(name: name, value: value) }
        fields.add(name: "Content-Length", value: String(text.utf8.count))
        fields.add(name: "Connection", value: keepsAlive ? "keep-alive" : "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: .custom(code: UInt(status), reasonPhrase: reason), headers: fields)
        return (head, isHead || text.isEmpty ? nil : allocator.buffer(string: text))
    }
}
