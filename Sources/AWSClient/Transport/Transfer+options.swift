import AWSModel
import AWSSigning
import CCurlShim

/// How a request becomes libcurl's options.
extension Transfer {
    func configure(_ handle: EasyHandle) throws(TransportError) {
        let pointer = handle.pointer
        if handle.settings == nil {
            try checkMethod()
            setTarget(pointer)
            setLimits(pointer)
            setNetwork(pointer)
            setFunctions(pointer)
        }
        // A handle that could not be set up completely is not used again as it is.
        handle.settings = nil
        handle.prepareErrorText()
        try setURL(handle)
        awscicd_easy_set_long(pointer, CURLOPT_TIMEOUT_MS, request.timeouts.total.map(Self.milliseconds) ?? 0)
        setContext(pointer)
        try setHeaders(pointer)
        try setBody(pointer)
        handle.settings = settings
    }

    private func checkMethod() throws(TransportError) {
        guard HeaderLines.isToken(request.method) else {
            throw TransportError(.invalidRequest, "not an HTTP method: \(request.method)")
        }
    }

    private func setURL(_ handle: EasyHandle) throws(TransportError) {
        let url = request.url
        if handle.keepsURL(url) { return }
        guard url.withBytes({ $0.allSatisfy { $0 > 0x20 && $0 != 0x7f } }) else {
            throw TransportError(.invalidRequest, "the URL holds spaces or control characters: \(place)")
        }
        guard url.hasScheme("http://") || url.hasScheme("https://") else {
            throw TransportError(.invalidRequest, "a URL begins with http:// or https://; this one does not: \(place)")
        }
        handle.setURL(url)
    }

    private func setTarget(_ handle: UnsafeMutableRawPointer) {
        awscicd_easy_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        awscicd_easy_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        if request.maximumRedirects > 0 {
            awscicd_easy_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
            awscicd_easy_set_long(handle, CURLOPT_MAXREDIRS, request.maximumRedirects)
            awscicd_easy_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        }
        if request.decompresses { awscicd_easy_set_string(handle, CURLOPT_ACCEPT_ENCODING, "") }
    }

    private func setHeaders(_ handle: UnsafeMutableRawPointer) throws(TransportError) {
        let lines = try HeaderLines(request.headers, body: outgoing.hasBody ? request.body : nil)
        awscicd_easy_set_pointer(handle, CURLOPT_HTTPHEADER, lines.list)
        keep(lines)
    }

    private func setBody(_ handle: UnsafeMutableRawPointer) throws(TransportError) {
        if request.method == "HEAD" {
            awscicd_easy_set_long(handle, CURLOPT_NOBODY, 1)
            return
        }
        if outgoing.hasBody {
            switch request.body {
            case .bytes(let bytes):
                // Copied: libcurl may read it again after this call, and small bodies are the rule. Large ones are files.
                awscicd_easy_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
                bytes.withUnsafeBytes { buffer in
                    var empty: UInt8 = 0
                    _ = withUnsafeBytes(of: &empty) { none in
                        awscicd_easy_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, buffer.baseAddress ?? none.baseAddress)
                    }
                }
                awscicd_easy_set_long(handle, CURLOPT_POST, 1)
            case .file(let path, let offset, let length):
                let (body, size) = try request.upload(path, offset: offset, length: length)
                upload = body
                awscicd_easy_set_long(handle, CURLOPT_UPLOAD, 1)
                awscicd_easy_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(size))
                setUpload(handle)
            }
        }
        // Set after the options above, which each imply a method of their own.
        if request.method != (outgoing.hasBody ? "POST" : "GET") || upload != nil {
            awscicd_easy_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setLimits(_ handle: UnsafeMutableRawPointer) {
        let timeouts = request.timeouts
        awscicd_easy_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(timeouts.connect))
        if let idle = timeouts.idle {
            awscicd_easy_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
            awscicd_easy_set_long(handle, CURLOPT_LOW_SPEED_TIME, Self.milliseconds(idle.rounded(.up)) / 1000)
        }
        awscicd_easy_set_long(handle, CURLOPT_MAXAGE_CONN, max(1, Self.milliseconds(timeouts.keepAlive) / 1000))
    }

    /// At least one, which is not "no limit", and at most some centuries.
    private static func milliseconds(_ seconds: Double) -> Int {
        let milliseconds = seconds * 1000
        return milliseconds > 1 ? Int(min(milliseconds, 1e13)) : 1
    }

    private func setNetwork(_ handle: UnsafeMutableRawPointer) {
        awscicd_easy_set_long(handle, CURLOPT_NOSIGNAL, 1)
        // Removing a transfer would else wait for its name look-up to end.
        awscicd_easy_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        awscicd_easy_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        awscicd_easy_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        if request.usesFreshConnection { awscicd_easy_set_long(handle, CURLOPT_FRESH_CONNECT, 1) }
        if outgoing.isSecure {
            awscicd_easy_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
            if let bundle = request.caBundle { awscicd_easy_set_string(handle, CURLOPT_CAINFO, bundle) }
            if let certificate = request.clientCertificate {
                awscicd_easy_set_string(handle, CURLOPT_SSLCERT, certificate.path)
                awscicd_easy_set_string(handle, CURLOPT_SSLKEY, certificate.keyPath ?? certificate.path)
                // Without one OpenSSL would ask at the terminal.
                awscicd_easy_set_string(handle, CURLOPT_KEYPASSWD, certificate.password ?? "")
            }
        }
        switch outgoing.proxy {
        case .environment: break
        case .none:
            awscicd_easy_set_string(handle, CURLOPT_PROXY, "")
            // Else the environment is asked for its exceptions all the same, for each request.
            awscicd_easy_set_string(handle, CURLOPT_NOPROXY, "*")
        case .url(let url): awscicd_easy_set_string(handle, CURLOPT_PROXY, url)
        }
    }

    /// What the functions below are called with.
    private func setContext(_ handle: UnsafeMutableRawPointer) {
        // The loop keeps the transfer alive while the handle is in use.
        let context = Unmanaged.passUnretained(self).toOpaque()
        awscicd_easy_set_pointer(handle, CURLOPT_WRITEDATA, context)
        awscicd_easy_set_pointer(handle, CURLOPT_HEADERDATA, context)
        awscicd_easy_set_pointer(handle, CURLOPT_PREREQDATA, context)
    }

    private func setFunctions(_ handle: UnsafeMutableRawPointer) {
        awscicd_easy_set_data_function(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let transfer = Transfer.from(context) else { return 0 }
            return transfer.receive(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        awscicd_easy_set_data_function(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let transfer = Transfer.from(context) else { return 0 }
            return transfer.receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
        }
        awscicd_easy_set_prereq_function(handle) { context, _, _, _, _ in
            Transfer.from(context)?.allowsSending() == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func setUpload(_ handle: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        awscicd_easy_set_pointer(handle, CURLOPT_READDATA, context)
        awscicd_easy_set_data_function(handle, CURLOPT_READFUNCTION) { data, size, count, context in
            guard let data, let transfer = Transfer.from(context) else { return Int(CURL_READFUNC_ABORT) }
            return transfer.provide(into: UnsafeMutableRawBufferPointer(start: data, count: size * count))
        }
        awscicd_easy_set_pointer(handle, CURLOPT_SEEKDATA, context)
        awscicd_easy_set_seek_function(handle) { context, offset, origin in
            guard origin == 0, let upload = Transfer.from(context)?.upload else { return CURL_SEEKFUNC_FAIL }
            return upload.seek(to: Int64(offset)) ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Fills libcurl's buffer from the file that is sent.
    private func provide(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(TransportError) {
            return try upload?.read(into: buffer) ?? 0
        } catch {
            failure = error
            return Int(CURL_READFUNC_ABORT)
        }
    }
}
