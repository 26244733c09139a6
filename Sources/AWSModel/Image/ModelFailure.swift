/// Why a model could not be compiled, read or found: a sentence that names the file, shape or operation and what to do.
public struct ModelFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
