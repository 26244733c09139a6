/// A value of the AWS APIs, as the codecs read and write it: the shape of a request's input or a response's output.
///
/// Structures and maps are both ``map(_:)``; a member that is absent is absent from the map, never `.null` (which only
/// occurs where a protocol carries an explicit null inside a list, a map or a document).
public enum AWSValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// byte, short, integer and long.
    case integer(Int64)
    /// float and double; NaN and the infinities included.
    case double(Double)
    case string(String)
    case blob([UInt8])
    /// Seconds since 1970-01-01T00:00:00Z, fractions to the microsecond.
    case timestamp(Double)
    case list([AWSValue])
    case map(AWSMap)
    /// A streaming payload (S3 objects, for instance), which is not held in memory when it is large. Indirect, so that
    /// this rare case does not widen every value.
    indirect case body(AWSBody)

    /// Strings are equal whose bytes are.
    public static func == (left: AWSValue, right: AWSValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.blob(let left), .blob(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left == right
        case (.body(let left), .body(let right)): left == right
        default: false
        }
    }
}

/// A payload that is either in memory or in a file.
public enum AWSBody: Sendable, Hashable {
    case bytes([UInt8])
    /// `length` bytes of the file at `path`, from `offset`.
    case file(path: String, offset: Int64, length: Int64)

    public var count: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, _, let length): length
        }
    }
}
