/// One thing that is wrong with an input.
public struct ValidationProblem: Sendable, Equatable, CustomStringConvertible {
    /// What the model demands of a value, where it is one of these.
    public enum Constraint: Sendable, Equatable {
        case required
        /// Characters of a string, bytes of a blob, elements of a list, entries of a map.
        case leastLength(Int64)
        case greatestLength(Int64)
        case least(Double)
        case greatest(Double)
        /// An enumeration's values, in the model's order.
        case oneOf([String])
    }

    /// "Tags[0].Key", counted as the caller counts; empty for the input as a whole.
    public var path: String
    public var message: String
    /// nil for what has another type than the model's, or no place in it.
    public var constraint: Constraint?
    /// The value as text; nil for one that is missing, is no scalar, or must not be shown.
    public var value: String?

    public init(path: String, message: String, constraint: Constraint? = nil, value: String? = nil) {
        self.path = path
        self.message = message
        self.constraint = constraint
        self.value = value
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
