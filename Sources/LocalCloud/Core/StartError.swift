/// Why a cloud cannot start: a folder that cannot be made, a database that is no database, records that cannot be read.
public struct StartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
