import AWSModel
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Writes one answer to a connection.
struct ResponseSender: Sendable {
    private static let pieceSize = 256 << 10

    private let context: NIOLoopBound<ChannelHandlerContext>
    private let loop: any EventLoop
    private let channel: any Channel
    private let isKeptAlive: Bool
    private let isHead: Bool

    init(context: ChannelHandlerContext, isKeptAlive: Bool, method: HTTPMethod) {
        self.context = NIOLoopBound(context, eventLoop: context.eventLoop)
        loop = context.eventLoop
        channel = context.channel
        self.isKeptAlive = isKeptAlive
        isHead = method == .HEAD
    }

    func send(_ response: ServerResponse) async {
        do {
            switch response.body {
            case .body(.bytes(let bytes)): sendWhole(head(response, length: Int64(bytes.count)), bytes)
            case .body(.file(let path, let offset, let length)):
                try await sendFile(head(response, length: length), path, offset, length)
            case .stream(let produce):
                try await write(.head(head(response, length: nil)))
                if !isHead { try await produce(StreamWriter(sender: self)) }
                try await end()
            }
        } catch {
            channel.close(promise: nil)  // a body that stopped half-way must not look complete
        }
    }

    private func head(_ response: ServerResponse, length: Int64?) -> HTTPResponseHead {
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: response.status))
        for (name, value) in response.headers { head.headers.add(name: name, value: value) }
        let hasNoBody = response.status == 204 || response.status == 304 || response.status / 100 == 1
        if !head.headers.contains(name: "content-length"), !hasNoBody {
            if let length {
                head.headers.add(name: "content-length", value: String(length))
            } else {
                head.headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        if !isKeptAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        return head
    }

    /// The common case, in one flush.
    private func sendWhole(_ head: HTTPResponseHead, _ bytes: [UInt8]) {
        loop.execute {
            let context = context.value
            context.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
            if !isHead, !bytes.isEmpty {
                let buffer = context.channel.allocator.buffer(bytes: bytes)
                context.write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(buffer))), promise: nil)
            }
            let sent = context.eventLoop.makePromise(of: Void.self)
            if !isKeptAlive { sent.futureResult.whenComplete { [channel] _ in channel.close(promise: nil) } }
            context.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: sent)
        }
    }

    private func sendFile(_ head: HTTPResponseHead, _ path: String, _ offset: Int64, _ length: Int64) async throws {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileFailure.unreadable(path) }
        defer { close(file) }
        try await write(.head(head))
        var at = offset
        let end = offset + length
        while !isHead, at < end {
            var piece = [UInt8](repeating: 0, count: Int(min(Int64(Self.pieceSize), end - at)))
            let got = pread(file, &piece, piece.count, off_t(at))
            guard got > 0 else { throw FileFailure.unreadable(path) }
            if got < piece.count { piece.removeLast(piece.count - got) }
            try await write(piece)
            at += Int64(got)
        }
        try await self.end()
    }

    fileprivate func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    private func end() async throws {
        try await write(.end(nil))
        if !isKeptAlive { channel.close(promise: nil) }
    }

    /// Waits until the part is with the system; a client that takes nothing for two minutes is given up.
    private func write(_ part: HTTPServerResponsePart) async throws {
        let watch = loop.scheduleTask(in: .seconds(120)) { [channel] in channel.close(promise: nil) }
        defer { watch.cancel() }
        try await loop.flatSubmit {
            let context = context.value
            let sent = context.eventLoop.makePromise(of: Void.self)
            context.writeAndFlush(NIOAny(part), promise: sent)
            return sent.futureResult
        }.get()
    }

    private enum FileFailure: Error { case unreadable(String) }

    private struct StreamWriter: ResponseWriter {
        let sender: ResponseSender
        func write(_ bytes: [UInt8]) async throws { try await sender.write(bytes) }
    }
}
