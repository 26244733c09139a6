import AWSModel
import AWSSigning

/// The MD5 by which SDKs check a message's attributes.
///
/// Source: "Calculating the MD5 message digest for message attributes", Amazon SQS Developer Guide.
enum MessageDigest {
    static func md5(ofAttributes attributes: AWSValue) -> String {
        var bytes: [UInt8] = []
        func append(_ part: [UInt8]) {
            withUnsafeBytes(of: UInt32(part.count).bigEndian) { bytes += $0 }
            bytes += part
        }
        for (name, value) in (attributes.map ?? [:]).sorted(by: { $0.key < $1.key }) {
            append(Array(name.utf8))
            append(Array((value["DataType"]?.string ?? "").utf8))
            if let binary = value["BinaryValue"]?.blob {
                bytes.append(2)
                append(binary)
            } else {
                bytes.append(1)
                append(Array((value["StringValue"]?.string ?? "").utf8))
            }
        }
        return Hex.encode(Digest.hash(bytes, .md5))
    }
}
