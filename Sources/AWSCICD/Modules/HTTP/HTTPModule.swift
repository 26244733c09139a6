import AWSClient
import AWSModel
import LuaVM
import Synchronization

/// `http`: requests on libcurl. TLS is always verified; an answer of whatever status is a result, no answer is an error.
///
/// This half sends one request; `stdlib/http.lua` has the verbs, `json =`, `form =` and `response:json()`.
enum HTTPModule: LuaModule {
    static let name = "http"

    static func open(in runtime: isolated Runtime) throws -> LuaTable {
        let vm = runtime.vm
        let permissions = runtime.permissions
        let mostBytes = runtime.configuration.limits.mostBytesOfOneString
        let http = try vm.table(entries: 2)
        try http.set(
            "request",
            vm.asyncFunction { (options: LuaOptions) async throws -> LuaWriter in
                var request = try Self.request(options.of("http.request"), permissions)
                // What the script could not hold is not taken in outside of its limit either.
                if case .memory(let limit) = request.responseBody {
                    request.responseBody = .memory(limit: min(limit, Int64(mostBytes)))
                }
                let refusal = Mutex<PermissionDenied?>(nil)
                request.mayFollow = { target in
                    do throws(PermissionDenied) {
                        try permissions.check(target)
                        return true
                    } catch {
                        refusal.withLock { $0 = error }
                        return false
                    }
                }
                do {
                    return try writer(await HTTPTransport.shared.perform(request))
                } catch let error as TransportError where error.kind == .redirectRefused {
                    throw refusal.withLock(\.self) ?? error
                }
            })
        return http
    }

    private static func request(_ options: LuaOptions, _ permissions: Permissions) throws -> HTTPRequest {
        var options = options
        guard let url = try options.string("url") else { throw LuaMessage("http.request needs a url") }
        try permissions.check(Self.target(url) { () throws(TransportError) in try HTTPTarget(url) })
        var request = HTTPRequest(method: try options.string("method") ?? "GET", url: url)
        guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw LuaMessage("http: '\(request.method)' is no HTTP method")
        }
        for (name, value) in try options.stringMap("headers") ?? [] {
            guard let value else { continue }
            guard !(name + value).utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
                throw LuaMessage("http: the header '\(name)' has a line end in it")
            }
            request.headers.append((name, value))
        }
        if let body = try options.bytes("body") { request.body = .bytes(body) }
        if let path = try options.string("body_file") {
            guard case .bytes(let bytes) = request.body, bytes.isEmpty else {
                throw LuaMessage("http: give either body or body_file")
            }
            try permissions.checkReading(FSPath(path))
            let size = try FileSystem.status(of: FSPath(path)).size
            request.body = .file(path: path, offset: 0, length: size)
        }
        if let path = try options.string("save_to") {
            try permissions.checkWriting(FSPath(path))
            request.responseBody = .file(path: path)
        } else if let limit = try options.integer("limit") {
            request.responseBody = .memory(limit: Int64(max(limit, 0)))
        }
        if let timeout = try options.duration("timeout") { request.timeouts.total = timeout }
        if let timeout = try options.duration("connect_timeout") { request.timeouts.connect = timeout }
        if let timeout = try options.duration("idle_timeout") { request.timeouts.idle = timeout }
        request.maximumRedirects = try options.integer("redirects") ?? 10
        request.decompresses = true
        if let bundle = try options.string("ca_bundle") {
            try permissions.checkReading(FSPath(bundle))
            request.caBundle = bundle
        }
        request.clientCertificate = try clientCertificate(&options, permissions)
        if let proxy = try options.string("proxy") {
            if !proxy.isEmpty {
                try permissions.check(Self.target(proxy) { () throws(TransportError) in try HTTPTarget(proxy: proxy) })
            }
            request.proxy = proxy.isEmpty ? .none : .url(proxy)
        }
        try options.finish()
        return request
    }

    private static func clientCertificate(
        _ options: inout LuaOptions, _ permissions: Permissions
    ) throws -> HTTPRequest.ClientCertificate? {
        let key = try options.string("client_key"), password = try options.string("client_password")
        guard let path = try options.string("client_certificate") else {
            if key == nil, password == nil { return nil }
            throw LuaMessage("http: client_key and client_password go with client_certificate, which is missing")
        }
        for file in [path, key ?? path] { try permissions.checkReading(FSPath(file)) }
        return HTTPRequest.ClientCertificate(path: path, keyPath: key, password: password)
    }

    private static func target(_ url: String, _ parse: () throws(TransportError) -> HTTPTarget) throws -> HTTPTarget {
        do throws(TransportError) {
            return try parse()
        } catch {
            throw LuaMessage("http: '\(url.shownURL)' is not a URL that can be called: \(error.message)")
        }
    }

    private static func writer(_ response: HTTPResponse) throws -> LuaWriter {
        var writer = LuaWriter()
        writer.table(entries: 8) { table in
            table["status"] = response.status
            table["ok"] = (200..<300).contains(response.status)
            table["url"] = response.url
            table["seconds"] = response.timing.total
            switch response.body {
            case .bytes(let bytes):
                table.key("body")
                table.string(bytes)
            case .file(let path, _, let length):
                table["path"] = path
                table["size"] = length
            }
            // Names are not case-sensitive; repeated headers are one, as RFC 9110 (section 5.3) allows.
            var headers: [(name: String, value: String)] = []
            for (name, value) in response.headers {
                let name = name.lowercased()
                if let at = headers.firstIndex(where: { $0.name == name }) {
                    headers[at].value += (name == "set-cookie" ? "\n" : ", ") + value
                } else {
                    headers.append((name, value))
                }
            }
            table.key("headers")
            table.table(entries: headers.count) { table in
                for (name, value) in headers { table[name] = value }
            }
        }
        return writer
    }
}

extension Permissions {
    /// Asks to connect to where a request goes, or its proxy is.
    func check(_ target: HTTPTarget) throws(PermissionDenied) {
        try check(.connect(host: target.host, port: target.port))
    }
}

extension TransportError: LuaRaisable {
    public var luaMessage: String { message }
    public func writeLuaFields(_ fields: inout LuaWriter) {
        fields["code"] = kind.rawValue
        fields["transient"] = isTransient
    }
}
