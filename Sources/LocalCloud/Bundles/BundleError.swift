/// Why a bundle (zip, tar, tgz) was not read or written. The message is fit for a user: it names the entry, never a host path.
public struct BundleError: Error, Sendable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// Not an archive of a known format, or a damaged one.
        case unreadable
        /// An entry would leave the directory: absolute, `..`, through a symbolic link, or a device.
        case unsafeEntry
        /// More entries or bytes than allowed, or compressed beyond any honest ratio.
        case tooLarge
        /// The host refused a file operation.
        case fileSystem
    }
    public let kind: Kind
    public let message: String
    public var description: String { message }

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}

/// What an archive may unpack to.
public struct BundleLimits: Sendable {
    public var entries = 100_000
    public var bytes: Int64 = 4 << 30
    /// Unpacked bytes for each packed byte, checked once `ratioFloor` bytes are out: deflate's own maximum is about 1,030,
    /// text compresses to a tenth; a bomb lives above.
    public var ratio: Int64 = 400
    public var ratioFloor: Int64 = 64 << 20

    public init() {}
}
