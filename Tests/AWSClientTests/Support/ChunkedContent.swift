/// A body in S3's coding, taken apart as S3 does it.
struct ChunkedContent {
    var chunks: [(content: [UInt8], signature: String?)] = []
    var trailers: [(name: String, value: String)] = []

    var content: [UInt8] { chunks.flatMap(\.content) }

    struct Malformed: Error { let offset: Int }

    init(_ body: [UInt8]) throws {
        var rest = body[...]
        func line() throws -> String {
            guard let end = rest.firstRange(of: [13, 10]) else { throw Malformed(offset: rest.startIndex) }
            defer { rest = rest[end.upperBound...] }
            return String(decoding: rest[..<end.lowerBound], as: UTF8.self)
        }
        repeat {
            let head = try line().split(separator: ";", maxSplits: 1)
            guard let size = head.first.flatMap({ Int($0, radix: 16) }), size <= rest.count else {
                throw Malformed(offset: rest.startIndex)
            }
            let signature = head.count > 1 ? head[1].split(separator: "=").last.map(String.init) : nil
            chunks.append((Array(rest.prefix(size)), signature))
            rest = rest.dropFirst(size)
            if size > 0, try line() != "" { throw Malformed(offset: rest.startIndex) }
        } while chunks.last?.content.isEmpty == false
        while case let text = try line(), !text.isEmpty {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { throw Malformed(offset: rest.startIndex) }
            trailers.append((String(parts[0]), String(parts[1])))
        }
        if !rest.isEmpty { throw Malformed(offset: rest.startIndex) }
    }

    func trailer(_ name: String) -> String? { trailers.first { $0.name == name }?.value }
}
