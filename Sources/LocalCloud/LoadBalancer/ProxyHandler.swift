import NIOCore
import NIOHTTP1

/// One client's connection: each request is routed to a target, its body streamed there and the response back, neither
/// faster than the other side takes it.
final class ProxyHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request under way.
    private struct Exchange {
        let head: HTTPRequestHead
        var shares: [Routing.Share] = []
        /// How long the client stays with the target group that was chosen among several.
        var groupSeconds: Int?
        var tried: [Target] = []
        /// Whether one of these took no connection for too long.
        var ranOutOfTime = false
        var target: Target?
        var upstream: UpstreamHandler?
        /// What came of the request before there was a connection.
        var waiting: [HTTPClientRequestPart] = []
        var hasBody = false
        var isRequestEnded = false
        var isResponseStarted = false
        var isResponseEnded = false
        /// The rest of the request is of no use: it was answered here.
        var isAnswered = false
        var attempts = 0
        var keepsAlive: Bool
        var keepsUpstream = true
    }

    private let balancer: LoadBalancer
    private let port: Int
    private var context: ChannelHandlerContext?
    private var exchange: Exchange?
    private var isReadHeld = false

    init(balancer: LoadBalancer, port: Int) {
        self.balancer = balancer
        self.port = port
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    var isClientWritable: Bool { context?.channel.isWritable ?? false }
    func flushClient() { context?.flush() }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let bytes):
            guard exchange?.isAnswered == false else { return }
            exchange?.hasBody = true
            send(.body(.byteBuffer(bytes)))
        case .end:
            exchange?.isRequestEnded = true
            if exchange?.isAnswered == true || exchange?.isResponseEnded == true { return finish() }
            send(.end(nil))
        }
    }
    func channelReadComplete(context: ChannelHandlerContext) { exchange?.upstream?.flush() }

    /// The client is read from while there is room for what it sends.
    func read(context: ChannelHandlerContext) {
        if canTakeMore { context.read() } else { isReadHeld = true }
    }
    private var canTakeMore: Bool {
        guard let exchange, !exchange.isAnswered, !exchange.isRequestEnded else { return true }
        return exchange.upstream?.isWritable ?? false
    }
    func upstreamWritabilityChanged() { resumeReading() }
    private func resumeReading() {
        guard isReadHeld, canTakeMore else { return }
        isReadHeld = false
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange?.upstream?.resumeReading() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        abandon()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            if exchange?.isResponseStarted == false, exchange?.isAnswered == false {
                answer(504, "Gateway Time-out")
            } else {
                context.close(promise: nil)
            }
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        exchange = Exchange(head: head, keepsAlive: head.isKeepAlive)
        let source = context.remoteAddress?.ipAddress ?? "127.0.0.1"
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        if let refusal = HTTPForwarding.refusal(head) { return answer(refusal.status, refusal.reason) }
        switch balancer.routing.action(for: head, port: port, source: source) {
        case .forward(let shares, let stickySeconds):
            let token = stickySeconds.flatMap { _ in StickyCookie.value(StickyCookie.group, in: head.headers) }
            exchange?.shares = balancer.choice.order(shares, preferring: token)
            exchange?.groupSeconds = stickySeconds
            exchange?.waiting = [.head(HTTPForwarding.request(head, source: source, port: port))]
            connect()
        case .redirect(let redirect):
            let location = redirect.location(for: RequestFacts(head, source: source), port: port)
            answer(
                redirect.status, redirect.status == 301 ? "Moved Permanently" : "Found",
                headers: [("Location", location)])
        case .fixed(let status, let type, let body):
            answer(status, nil, type: type, body: body)
        case nil: answer(503, "Service Temporarily Unavailable")
        }
    }

    // MARK: To the target

    private func connect() {
        guard let context, var exchange, let share = exchange.shares.first else {
            return answer(503, "Service Temporarily Unavailable")
        }
        exchange.attempts += 1
        let token = share.pool.stickiness.flatMap { StickyCookie.value($0.cookie, in: exchange.head.headers) }
        guard exchange.attempts <= 5, let target = share.pool.pick(excluding: exchange.tried, preferring: token) else {
            if exchange.tried.isEmpty { return answer(503, "Service Temporarily Unavailable") }
            return exchange.ranOutOfTime ? answer(504, "Gateway Time-out") : answer(502, "Bad Gateway")
        }
        exchange.target = target
        self.exchange = exchange
        if let upstream = balancer.pool(on: context.eventLoop)?.take(target) { return use(upstream) }
        let attempt = exchange.attempts
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let deadline = limitConnecting(to: target, attempt, on: context.eventLoop)
        UpstreamHandler.connect(target, on: context.eventLoop).whenComplete { result in
            deadline.cancel()
            switch result {
            case .success(let upstream):
                if this.value.isWaiting(for: target, attempt) {
                    this.value.use(upstream.value)
                } else {
                    upstream.value.close()
                }
            case .failure: this.value.connectFailed(target, attempt)
            }
        }
    }

    /// Gives up on a connection after ten seconds; on a machine that stood still meanwhile (see ``RunningTime``) they count anew.
    @discardableResult
    private func limitConnecting(to target: Target, _ attempt: Int, on loop: any EventLoop) -> Scheduled<Void> {
        let due = NIODeadline.now() + .seconds(10)
        let this = NIOLoopBound(self, eventLoop: loop)
        return loop.scheduleTask(deadline: due) {
            guard this.value.isWaiting(for: target, attempt) else { return }
            if RunningTime.stoodStill(NIODeadline.now() - due) {
                this.value.limitConnecting(to: target, attempt, on: loop)
            } else {
                this.value.exchange?.ranOutOfTime = true
                this.value.connectFailed(target, attempt)
            }
        }
    }

    private func isWaiting(for target: Target, _ attempt: Int) -> Bool {
        exchange?.target === target && exchange?.attempts == attempt && exchange?.upstream == nil
    }

    /// Nothing was sent, so another target may take the request, whatever it is.
    private func connectFailed(_ target: Target, _ attempt: Int) {
        guard isWaiting(for: target, attempt) else { return }
        target.end()
        exchange?.target = nil
        exchange?.tried.append(target)
        connect()
    }

    private func use(_ upstream: UpstreamHandler) {
        upstream.take(self)
        exchange?.upstream = upstream
        let waiting = exchange?.waiting ?? []
        // A request without a body can be sent again; one with a body is not kept.
        if exchange?.hasBody == true { exchange?.waiting = [] }
        for part in waiting { upstream.write(part) }
        upstream.flush()
        resumeReading()
    }

    private func send(_ part: HTTPClientRequestPart) {
        guard let exchange, !exchange.isAnswered else { return }
        let isKept = exchange.upstream == nil || !exchange.hasBody
        if isKept { self.exchange?.waiting.append(part) } else { self.exchange?.waiting = [] }
        exchange.upstream?.write(part)
        if case .end = part { exchange.upstream?.flush() }
    }

    // MARK: From the target

    func received(_ part: HTTPClientResponsePart, from upstream: UpstreamHandler) {
        guard let context, exchange?.upstream === upstream, let head = exchange?.head else { return upstream.close() }
        switch part {
        case .head(let response):
            exchange?.isResponseStarted = true
            exchange?.waiting = []
            if !response.isKeepAlive { exchange?.keepsUpstream = false }
            var answer = HTTPForwarding.response(response, keepsAlive: exchange?.keepsAlive ?? false, request: head)
            for cookie in stickyCookies(response.headers) { answer.headers.add(name: "Set-Cookie", value: cookie) }
            context.write(wrapOutboundOut(.head(answer)), promise: nil)
        case .body(let bytes): context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        case .end:
            exchange?.isResponseEnded = true
            let keeps = (exchange?.keepsUpstream ?? false) && exchange?.isRequestEnded == true
            exchange?.upstream = nil
            exchange?.target?.end()
            exchange?.target = nil
            upstream.leave()
            if keeps, let pool = balancer.pool(on: context.eventLoop) { pool.put(upstream) } else { upstream.close() }
            // The target answered before it had the whole request: the rest has no place to go.
            if exchange?.isRequestEnded == false { exchange?.keepsAlive = false }
            end(context)
        }
    }

    /// The cookies by which the client finds its target, and its target group, again.
    private func stickyCookies(_ answer: HTTPHeaders) -> [String] {
        guard let exchange, let target = exchange.target, let share = exchange.shares.first else { return [] }
        let group = exchange.groupSeconds.map {
            StickyCookie.pair(StickyCookie.group, share.pool.token, seconds: $0)
        }
        return (group ?? []) + (share.pool.stickiness?.headers(for: target, answer: answer) ?? [])
    }

    func upstreamClosed(_ upstream: UpstreamHandler) {
        guard exchange?.upstream === upstream, let target = exchange?.target else { return }
        target.end()
        exchange?.upstream = nil
        exchange?.target = nil
        if exchange?.isResponseStarted == true {
            context?.close(promise: nil)  // the client sees that the response is cut
            return
        }
        let isSafe =
            exchange?.hasBody == false && exchange?.isRequestEnded == true
            && [.GET, .HEAD, .OPTIONS, .TRACE].contains(exchange?.head.method)
        guard isSafe else { return answer(502, "Bad Gateway") }
        // It was closed between two requests, or its target went away: nothing came back, and asking again changes nothing.
        if !upstream.isReused { exchange?.tried.append(target) }
        connect()
    }

    // MARK: The end

    private func answer(
        _ status: Int, _ reason: String?, type: String = "text/html", body: String? = nil,
        headers: [(String, String)] = []
    ) {
        guard let context, exchange?.isResponseStarted == false, exchange?.isAnswered == false else { return }
        releaseUpstream()
        exchange?.isAnswered = true
        exchange?.waiting = []
        let response = HTTPForwarding.own(
            status, reason, type: type, body: body, headers: headers, keepsAlive: exchange?.keepsAlive ?? false,
            isHead: exchange?.head.method == .HEAD, allocator: context.channel.allocator)
        context.write(wrapOutboundOut(.head(response.head)), promise: nil)
        if let body = response.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        end(context)
    }

    private func end(_ context: ChannelHandlerContext) {
        let closes = exchange?.keepsAlive != true
        // Before the end is written: it lets the next request in, which has an exchange of its own.
        if exchange?.isRequestEnded == true { exchange = nil }
        let promise = context.eventLoop.makePromise(of: Void.self)
        if closes {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            promise.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
        resumeReading()
    }

    private func finish() {
        exchange = nil
        resumeReading()
    }

    private func releaseUpstream() {
        exchange?.upstream?.close()
        exchange?.upstream = nil
        exchange?.target?.end()
        exchange?.target = nil
    }

    private func abandon() {
        releaseUpstream()
        exchange = nil
    }
}
