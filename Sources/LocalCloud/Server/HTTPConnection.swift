import AWSModel
import NIOCore
import NIOHTTP1

/// One connection: gathers a request, hands it to the responder, writes the answer. The pipelining handler in front keeps
/// the next request back until the answer is out.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Waits for a head since the connection was opened or the last answer was sent.
        case idle
        case receiving(HTTPRequestHead, RequestBody)
        /// The body is too large; the rest of it is not read.
        case refused
        case responding
    }

    private let limits: HTTPServer.Limits
    private let spoolDirectory: String
    private let respond: HTTPServer.Responder
    private var state = State.idle
    private var task: Task<Void, Never>?
    /// How many requests were handed on. The next one may be under way before the answer's end is noticed here.
    private var requests = 0
    private var watch: RepeatedTask?
    private var lastProgress = NIODeadline.now()
    private static let pause = TimeAmount.seconds(5)
    private var lastLook = NIODeadline.now()

    init(limits: HTTPServer.Limits, spoolDirectory: String, respond: @escaping HTTPServer.Responder) {
        self.limits = limits
        self.spoolDirectory = spoolDirectory
        self.respond = respond
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.pause, delay: Self.pause) { _ in
            let (connection, context) = bound.value
            connection.closeIfStalled(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watch?.cancel()
        watch = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        watch?.cancel()
        watch = nil
        if case .receiving(_, let body) = state { body.discard() }
        task?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): receive(head, context)
        case .body(let buffer): receive(buffer, context)
        case .end: finish(context)
        }
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        lastProgress = .now()
        let limit = isCallInOneValue(head) ? min(limits.body, limits.call) : limits.body
        if let length = head.headers.first(name: "content-length").flatMap(Int64.init), length > limit {
            return refuse(context)
        }
        let body = RequestBody(memoryLimit: limits.memoryBody, limit: limit, directory: spoolDirectory)
        state = .receiving(head, body)
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    /// Whether the body is the input of a call, which is read as a whole: in JSON, CBOR or a form, unlike an object's content
    /// or what git sends.
    private func isCallInOneValue(_ head: HTTPRequestHead) -> Bool {
        if head.headers.contains(name: "x-amz-target") { return true }
        let type = head.headers.first(name: "content-type")?.lowercased() ?? ""
        return head.method == .POST
            && ["application/x-amz-json", "application/x-www-form-urlencoded", "application/cbor"].contains(
                where: type.hasPrefix)
    }

    private func receive(_ buffer: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(_, let body) = state else { return }
        lastProgress = .now()
        do {
            try body.append(buffer)
        } catch {
            body.discard()
            refuse(context)
        }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        end(context, .payloadTooLarge, type: "text/plain", "The request body is too large.\n")
    }

    /// The body was read to its end, so that the client hears why it was not kept: an error to try again after, in the form
    /// of S3, whose bodies are the ones that are that large.
    private func tellLack(_ reason: String, _ context: ChannelHandlerContext) {
        end(
            context, .internalServerError, type: "application/xml",
            #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
                + "<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again. "
                + "The request's body could not be kept: \(reason)</Message></Error>")
    }

    private func end(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, type: String, _ body: String) {
        state = .refused
        let text = ByteBuffer(string: body)
        var head = HTTPResponseHead(version: .http1_1, status: status)
        head.headers = ["content-type": type, "content-length": "\(text.readableBytes)", "connection": "close"]
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard case .receiving(let head, let body) = state else { return }
        if let lack = body.lack { return tellLack(lack, context) }
        state = .responding
        let (path, query) = Self.split(head.uri)
        let content = body.finish()
        let request = ServerRequest(
            method: head.method.rawValue, path: path, query: query, headers: head.headers.map { ($0.name, $0.value) },
            body: content, bodySHA256: body.sha256, remoteAddress: context.remoteAddress?.ipAddress ?? "127.0.0.1")
        let writer = ResponseSender(context: context, isKeptAlive: head.isKeepAlive, method: head.method)
        let respond = self.respond
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        requests += 1
        let number = requests
        task = Task {
            let response = await respond(request)
            await writer.send(response)
            body.discard()
            loop.execute {
                let (connection, _) = bound.value
                guard connection.requests == number else { return }
                connection.task = nil
                connection.lastProgress = .now()
                if case .responding = connection.state { connection.state = .idle }
            }
        }
    }

    private func closeIfStalled(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let late = now - lastLook - Self.pause
        lastLook = now
        // Nothing could progress while the machine stood still.
        if RunningTime.stoodStill(late) { lastProgress = min(now, lastProgress + late) }
        let limit: Int64
        switch state {
        case .idle: limit = limits.idle
        case .receiving, .refused: limit = limits.stall
        case .responding: return
        }
        if now - lastProgress > .seconds(limit) { context.close(promise: nil) }
    }

    /// Path and query of a request target, which may be a whole URL.
    private static func split(_ uri: String) -> (path: String, query: String) {
        var target = Substring(uri)
        if !target.hasPrefix("/"), let scheme = target.firstRange(of: "://") {
            let rest = target[scheme.upperBound...]
            target = rest.firstIndex(where: { $0 == "/" || $0 == "?" }).map { rest[$0...] } ?? "/"
        }
        guard let mark = target.firstIndex(of: "?") else { return (String(target), "") }
        return (mark == target.startIndex ? "/" : String(target[..<mark]), String(target[target.index(after: mark)...]))
    }
}
