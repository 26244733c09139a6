import CCurlShim

/// libcurl's parser of URLs, with what it was given.
final class CurlURL {
    /// A `CURLU`.
    let handle: OpaquePointer

    init(_ text: String, flags: Int32 = 0) throws(TransportError) {
        guard let handle = curl_url() else { throw TransportError(.invalidRequest, "no memory to read a URL") }
        self.handle = handle
        try set(text, flags: flags)
    }

    deinit { curl_url_cleanup(handle) }

    /// Sets the URL, or goes from the one that there is to a relative one.
    func set(_ text: String, flags: Int32 = 0) throws(TransportError) {
        let flags = UInt32(bitPattern: flags | CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS)
        let code = curl_url_set(handle, CURLUPART_URL, text, flags)
        guard code == CURLUE_OK else {
            throw TransportError(.invalidRequest, String(cString: curl_url_strerror(code)))
        }
    }

    var scheme: String? { part(CURLUPART_SCHEME)?.lowercased() }

    func part(_ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        // Given out also where a host cannot be put into ASCII.
        defer { curl_free(text) }
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        return String(cString: text)
    }
}
