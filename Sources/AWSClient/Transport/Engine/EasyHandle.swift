import AWSModel
import CCurlShim

/// A handle of libcurl's with the settings that it was given: a request that needs the same again need not give them.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    /// Where libcurl writes its own words about a failure.
    private let errorBuffer = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    var settings: HandleSettings?
    /// Where the last request went.
    private var url: String?
    /// The same as libcurl has read it, once a second request went there.
    private var parsed: CurlURL?

    init?() {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    /// Before each request: resetting a handle takes the buffer from it, and the words of the last one are in it.
    func prepareErrorText() {
        errorBuffer[0] = 0
        awscicd_easy_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorBuffer)
    }

    var errorText: String { String(cString: errorBuffer) }

    /// For a request that goes elsewhere than the last one.
    func setURL(_ url: String) {
        if parsed != nil { awscicd_easy_set_pointer(pointer, CURLOPT_CURLU, nil) }
        parsed = nil
        awscicd_easy_set_string(pointer, CURLOPT_URL, url)
        self.url = url
    }

    /// Whether a request goes where the last one went, as nearly all calls of a service do. It needs no URL then: libcurl would
    /// read it anew and put it together again, which takes as long as signing.
    func keepsURL(_ url: String) -> Bool {
        guard let known = self.url, known.hasSameBytes(as: url) else { return false }
        if parsed == nil, let parsed = try? CurlURL(url) {
            awscicd_easy_set_pointer(pointer, CURLOPT_CURLU, UnsafeRawPointer(parsed.handle))
            self.parsed = parsed
        }
        // Without it libcurl reads the URL that it has.
        return true
    }

    /// Takes everything from the handle that it was given.
    func reset() {
        curl_easy_reset(pointer)
        settings = nil
        url = nil
        parsed = nil
    }

    deinit {
        curl_easy_cleanup(pointer)
        errorBuffer.deallocate()
    }
}

/// What a request has in common with the ones before it, most of the time. A class, as it is handed on for each request.
final class HandleSettings: Equatable {
    private struct Values: Equatable {
        let method: String
        let hasBody: Bool
        let timeouts: HTTPRequest.Timeouts
        let maximumRedirects: Int
        let decompresses: Bool
        let isSecure: Bool
        let proxy: HTTPRequest.Proxy
        let caBundle: String?
        let clientCertificate: HTTPRequest.ClientCertificate?
        let usesFreshConnection: Bool
    }

    private let values: Values
    /// A handle keeps its copy of the last body.
    private static let largestKeptBody: Int64 = 64 << 10

    /// nil for a request that leaves nothing to keep: one that reads a file, or has a large body.
    init?(_ outgoing: OutgoingRequest) {
        if case .file = outgoing.http.body { return nil }
        if outgoing.http.body.count > Self.largestKeptBody { return nil }
        // The total is set for each request.
        var timeouts = outgoing.http.timeouts
        timeouts.total = nil
        // Read one by one: to hold the request would copy it, with all its strings.
        values = Values(
            method: outgoing.http.method, hasBody: outgoing.hasBody, timeouts: timeouts,
            maximumRedirects: outgoing.http.maximumRedirects, decompresses: outgoing.http.decompresses,
            isSecure: outgoing.isSecure, proxy: outgoing.proxy, caBundle: outgoing.http.caBundle,
            clientCertificate: outgoing.http.clientCertificate,
            usesFreshConnection: outgoing.http.usesFreshConnection)
    }

    static func == (left: HandleSettings, right: HandleSettings) -> Bool {
        left === right || left.values == right.values
    }
}

/// Easy handles to use again: they keep buffers and settings; connections belong to the multi handle.
struct HandlePool {
    private static let capacity = 16
    private var idle: [EasyHandle] = []

    /// A handle whose settings are the ones that the request needs, or that has none.
    mutating func take(for wanted: HandleSettings?) -> EasyHandle? {
        guard let handle = idle.popLast() else { return EasyHandle() }
        if let settings = handle.settings, settings != wanted { handle.reset() }
        return handle
    }

    mutating func give(back handle: EasyHandle) {
        guard idle.count < Self.capacity else { return }
        if handle.settings == nil { handle.reset() }
        idle.append(handle)
    }

    mutating func removeAll() { idle.removeAll() }
}
