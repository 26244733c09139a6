import AWSModel

/// Where body bytes go as they arrive.
enum BodySink {
    case memory(bytes: [UInt8], limit: Int64)
    /// Not opened before the status is known: only a success is written to the file.
    case file(path: String, algorithms: [ChecksumAlgorithm], FileDownload?, errorBody: [UInt8])
    case stream(BodyBuffer, isOpen: Bool)

    init(_ request: HTTPRequest) {
        switch request.responseBody {
        case .memory(let limit): self = .memory(bytes: [], limit: limit)
        case .file(let path): self = .file(path: path, algorithms: request.responseAlgorithms, nil, errorBody: [])
        }
    }

    var isOpen: Bool {
        if case .stream(_, let isOpen) = self { isOpen } else { false }
    }

    mutating func open() {
        if case .stream(let buffer, _) = self { self = .stream(buffer, isOpen: true) }
    }

    /// Takes bytes; false when the reader is behind and the transfer must pause (the bytes come again).
    mutating func write(
        _ incoming: UnsafeRawBufferPointer, head: ResponseHead, place: @autoclosure () -> String
    ) throws(TransportError) -> Bool {
        switch self {
        case .memory(var bytes, let limit):
            self = .memory(bytes: [], limit: limit)  // so that the array is appended to in place
            defer { self = .memory(bytes: bytes, limit: limit) }
            try Self.append(incoming, to: &bytes, limit: limit, expected: head.contentLength, place: place())
        case .file(let path, let algorithms, var download, var errorBody):
            self = .file(path: path, algorithms: algorithms, nil, errorBody: [])
            defer { self = .file(path: path, algorithms: algorithms, download, errorBody: errorBody) }
            if (200..<300).contains(head.status) {
                let open: FileDownload =
                    if let download {
                        download
                    } else {
                        try FileDownload(path: path, announced: AnnouncedChecksum(head.headers, algorithms: algorithms))
                    }
                download = open
                try open.write(incoming)
            } else {
                try Self.append(incoming, to: &errorBody, limit: 16 << 20, expected: nil, place: place())
            }
        case .stream(let buffer, _):
            return buffer.offer(incoming)
        }
        return true
    }

    private static func append(
        _ incoming: UnsafeRawBufferPointer, to bytes: inout [UInt8], limit: Int64, expected: Int64?,
        place: @autoclosure () -> String
    ) throws(TransportError) {
        if Int64(bytes.count + incoming.count) > limit || (expected ?? 0) > limit {
            throw TransportError(
                .bodyTooLarge,
                "the answer of \(place()) is longer than \(limit) bytes; save it to a file instead of into memory")
        }
        if bytes.isEmpty { bytes.reserveCapacity(max(incoming.count, Int(min(expected ?? 0, 64 << 20)))) }
        bytes.append(contentsOf: incoming)
    }

    /// The transfer succeeded.
    mutating func finish(_ head: ResponseHead) throws(TransportError) -> AWSBody {
        switch self {
        case .memory(let bytes, let limit):
            self = .memory(bytes: [], limit: limit)
            return .bytes(bytes)
        case .file(_, _, let download?, _):
            return try download.complete()
        case .file(let path, let algorithms, nil, let errorBody):
            guard (200..<300).contains(head.status) else { return .bytes(errorBody) }
            // A success without a body is an empty file.
            return try FileDownload(
                path: path, announced: AnnouncedChecksum(head.headers, algorithms: algorithms)
            ).complete()
        case .stream(let buffer, _):
            buffer.end(nil)
            return .bytes([])
        }
    }

    /// The transfer failed: nothing half-written remains.
    mutating func discard(_ error: TransportError) {
        switch self {
        case .memory: break
        case .file(_, _, let download, _): download?.discard()
        case .stream(let buffer, _): buffer.end(error)
        }
    }
}
