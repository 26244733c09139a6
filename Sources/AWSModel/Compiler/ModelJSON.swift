/// Reads a published file, with errors that name it and the line.
enum ModelJSON {
    static func parse(_ bytes: [UInt8], file: String) throws(ModelFailure) -> AWSValue {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(DecodingFailure) in try JSON.parse(buffer) }
        }
        do {
            return try result.get()
        } catch {
            let line = bytes.prefix(error.offset ?? 0).reduce(into: 1) { if $1 == UInt8(ascii: "\n") { $0 += 1 } }
            throw ModelFailure("\(file), line \(line): \(error)")
        }
    }
}
