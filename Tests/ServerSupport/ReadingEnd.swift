import Foundation

/// The end of a pipe that a test reads; closed when nobody holds it any more.
public final class ReadingEnd: Sendable {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// What is there, as soon as something is; empty at the end. Blocks the thread.
    public func some() -> Data {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            return Data(buffer.prefix(max(0, count)))
        }
    }

    /// Everything up to the end. Blocks the thread.
    public func all() -> Data {
        var data = Data()
        while true {
            let more = some()
            if more.isEmpty { return data }
            data += more
        }
    }

    /// The first line, without its end; nil when the stream ends without one. What follows it is lost. Blocks the thread.
    public func line() -> String? {
        var data = Data()
        while !data.contains(0x0A) {
            let more = some()
            if more.isEmpty { return nil }
            data += more
        }
        return String(decoding: data.prefix { $0 != 0x0A }, as: UTF8.self)
    }
}
