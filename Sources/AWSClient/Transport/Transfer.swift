import AWSModel
import CCurlShim
import Synchronization

/// One request on its way. Everything but `isCancelled` belongs to the engine's leader once it is started, hence
/// `@unchecked`.
final class Transfer: @unchecked Sendable {
    let outgoing: OutgoingRequest
    let settings: HandleSettings?
    let isCancelled = Atomic(false)
    /// The driver whose thread began it, if it is one; set before it is started.
    var driver: TransportDriver?
    /// Called on the leader's thread when a stream's headers are there; nil when the whole answer is waited for.
    private let onHead: (@Sendable (HTTPResponse) -> Void)?
    private let completion: @Sendable (Result<HTTPResponse, TransportError>) -> Void

    // Unchecked, as `TransferLoop` is: one thread at a time, for every line of an answer.
    @exclusivity(unchecked) private(set) var handle: UnsafeMutableRawPointer?
    @exclusivity(unchecked) private var headerLines: HeaderLines?
    @exclusivity(unchecked) var sink: BodySink
    var upload: (any BodyUpload)?
    @exclusivity(unchecked) private var head: ResponseHead
    /// What one of our callbacks found wrong; goes before libcurl's own reason.
    var failure: TransportError?
    /// How often the request was about to be written to a connection.
    @exclusivity(unchecked) private var sendings = 0
    private var outcome: Result<HTTPResponse, TransportError>?

    init(
        _ outgoing: OutgoingRequest, sink: BodySink? = nil, onHead: (@Sendable (HTTPResponse) -> Void)? = nil,
        completion: @escaping @Sendable (Result<HTTPResponse, TransportError>) -> Void
    ) {
        settings = HandleSettings(outgoing)
        self.sink = sink ?? BodySink(outgoing.http)
        self.onHead = onHead
        self.completion = completion
        head = ResponseHead(maximumRedirects: outgoing.http.maximumRedirects)
        self.outgoing = outgoing
    }

    var request: HTTPRequest { _read { yield outgoing.http } }

    /// Where the request goes, without what may be secret.
    var place: String { request.url.shownURL }

    // MARK: Life, on the leader's thread

    /// Sets the handle up; false when the request cannot be sent, with the reason in `failure`.
    func prepare(_ handle: EasyHandle) -> Bool {
        self.handle = handle.pointer
        if isCancelled.load(ordering: .relaxed) {
            failure = TransportError(.cancelled, "cancelled")
            return false
        }
        do throws(TransportError) {
            try configure(handle)
            return true
        } catch {
            failure = error
            return false
        }
    }

    func finishUnstarted() {
        finish(with: failure ?? TransportError(.invalidRequest, "cannot start the request to \(place)"))
    }

    func finish(with error: TransportError) {
        handle = nil
        sink.discard(error)
        completion(.failure(error))
    }

    /// Reads what libcurl knows while the handle is still valid.
    ///
    /// - Parameter detail: libcurl's own words about a failure.
    func collect(_ result: CURLcode, detail: String) {
        defer { self.handle = nil }
        if let failure {
            outcome = .failure(failure)
        } else if result != CURLE_OK {
            var connected: curl_off_t = 0
            awscicd_easy_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &connected)
            outcome = .failure(
                TransportError(
                    result, detail: detail, place: place, hadConnected: connected > 0, isFirstRequest: openedConnection,
                    hasAnswered: head.isComplete, request: outgoing))
        } else {
            do throws(TransportError) {
                outcome = .success(response(body: try sink.finish(head)))
            } catch {
                outcome = .failure(error)
            }
        }
    }

    /// Tells whoever waits, after the handle is free for the next request.
    func deliver() {
        guard let outcome else { return }
        if case .failure(let error) = outcome { sink.discard(error) }
        completion(outcome)
    }

    private func response(body: AWSBody) -> HTTPResponse {
        var timing = HTTPTiming()
        timing.connected = seconds(CURLINFO_APPCONNECT_TIME_T)
        if timing.connected == 0 { timing.connected = seconds(CURLINFO_CONNECT_TIME_T) }
        timing.firstByte = seconds(CURLINFO_STARTTRANSFER_TIME_T)
        timing.total = seconds(CURLINFO_TOTAL_TIME_T)
        timing.reusedConnection = !openedConnection
        return HTTPResponse(
            status: head.status, headers: head.headers, body: body, url: effectiveURL, timing: timing)
    }

    private var openedConnection: Bool {
        var opened = 0
        awscicd_easy_get_long(handle, CURLINFO_NUM_CONNECTS, &opened)
        return opened > 0
    }

    private var effectiveURL: String {
        guard request.maximumRedirects > 0 else { return request.url }
        var effective: UnsafePointer<CChar>?
        awscicd_easy_get_string(handle, CURLINFO_EFFECTIVE_URL, &effective)
        return effective.map { String(cString: $0) } ?? request.url
    }

    private func seconds(_ info: CURLINFO) -> Double {
        var microseconds: curl_off_t = 0
        awscicd_easy_get_offset(handle, info, &microseconds)
        return Double(microseconds) / 1e6
    }

    // MARK: What the callbacks do

    /// About to write the request to a connection. libcurl silently repeats a request, POST too, when a connection that
    /// it used again dies before the first byte of an answer: whether to repeat is the retry rules' decision, not its.
    func allowsSending() -> Bool {
        sendings += 1
        guard sendings > 1 + head.redirects else { return true }
        failure = TransportError(
            .connectionLost, "\(place) closed a connection that was kept open, without an answer to this request")
        return false
    }

    /// Takes a header line; false stops the transfer.
    func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        guard head.append(line) else {
            failure = TransportError(
                .badResponse, "the answer of \(place) has more than \(ResponseHead.limit >> 10) KB of headers")
            return false
        }
        if head.isComplete, head.isFollowed, let mayFollow = request.mayFollow, !follows(mayFollow) { return false }
        if head.isComplete, !head.isFollowed, let onHead, !sink.isOpen {
            sink.open()
            onHead(HTTPResponse(status: head.status, headers: head.headers, body: .bytes([]), url: request.url))
        }
        return true
    }

    /// Whether every place that a redirect names may be called: libcurl takes one of them.
    private func follows(_ mayFollow: (HTTPTarget) -> Bool) -> Bool {
        for (name, location) in head.headers where name.isSameHeader(as: "location") && !location.isEmpty {
            do throws(TransportError) {
                let target = try HTTPTarget(location, relativeTo: effectiveURL)
                if mayFollow(target) { continue }
                failure = TransportError(
                    .redirectRefused, "\(place) redirects to \(target.host):\(target.port), which is not followed")
            } catch {
                failure = TransportError(.redirectRefused, "\(place) redirects to what is no URL: \(error.message)")
            }
            return false
        }
        return true
    }

    /// Takes body bytes; the result is what libcurl's write function returns.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        do throws(TransportError) {
            return try sink.write(bytes, head: head, place: place) ? bytes.count : Int(CURL_WRITEFUNC_PAUSE)
        } catch {
            failure = error
            return 0
        }
    }

    /// Keeps the headers alive for as long as libcurl may read them.
    func keep(_ lines: consuming HeaderLines) { headerLines = consume lines }
}
