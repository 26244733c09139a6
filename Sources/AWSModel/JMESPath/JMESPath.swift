/// A compiled JMESPath expression (jmespath.org, the language of boto3's and the AWS CLI's queries).
///
///     let names = try JMESPath(compiling: "pipelines[?version > `1`].name").search(answer)
///
/// Timestamps count as numbers and blobs as strings; a streaming body is null.
public struct JMESPath: Sendable {
    public let expression: String
    private let root: JMESPathNode

    /// Throws ``JMESPathFailure`` when the expression is not one, with the place; also when it calls a function that
    /// does not exist or gives it the wrong number of arguments.
    public init(compiling expression: String) throws(JMESPathFailure) {
        self.expression = expression
        root = try JMESPathParser.parse(expression)
    }

    /// What the expression finds; null when it finds nothing.
    ///
    /// Throws ``JMESPathFailure`` when a function is given a value of the wrong type, or a slice a step of 0.
    public func search(_ value: AWSValue) throws(JMESPathFailure) -> AWSValue {
        do throws(JMESPathFailure) {
            return try JMESPathEvaluator.evaluate(root, value)
        } catch {
            throw JMESPathFailure(error.kind, error.reason, position: error.position, expression: expression)
        }
    }
}

/// Why an expression does not compile or cannot be evaluated.
public struct JMESPathFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of the compliance tests: "syntax", "invalid-arity", "unknown-function", "invalid-type" and "invalid-value".
    public enum Kind: String, Sendable { case syntax, arity, unknownFunction, type, value }

    public let kind: Kind
    public let reason: String
    /// The byte of the expression where it went wrong, from 0; nil when that is not known.
    public let position: Int?
    public let expression: String

    init(_ kind: Kind, _ reason: String, position: Int? = nil, expression: String = "") {
        self.kind = kind
        self.reason = reason
        self.position = position
        self.expression = expression
    }

    /// "JMESPath: expected a name after "." at column 5 of "foo."".
    public var description: String {
        let place = position.map { " at column \($0 + 1)" } ?? ""
        return "JMESPath: \(reason)\(place)" + (expression.isEmpty ? "" : " of \"\(expression)\"")
    }
}
