/// The rules that give the endpoint of a service's operations (AWS's "endpoint rule sets").
public final class EndpointRules: Sendable {
    /// A parameter of the rules.
    public struct Parameter: Sendable, Hashable {
        public enum Kind: UInt8, Sendable { case string, boolean, stringArray }

        public let name: String
        public let kind: Kind
        /// Where a client takes the value from when nothing else gives it: "AWS::Region", "AWS::UseFIPS", "SDK::Endpoint".
        public let builtIn: String?
        public let isRequired: Bool
        public let defaultValue: AWSValue?
    }

    public let parameters: [Parameter]
    /// Parameters and assigned variables.
    private let variableCount: Int
    private let rules: [EndpointRule]
    private let partitions: Partitions

    init(_ cursor: ImageCursor, prefix: String, partitions: Partitions) throws(ModelFailure) {
        var cursor = cursor
        parameters = cursor.list { cursor in
            let name = cursor.string()
            let kind = Parameter.Kind(rawValue: cursor.byte()) ?? .string
            let builtIn = cursor.optionalString()
            let isRequired = cursor.byte() != 0
            let value = cursor.value()
            return Parameter(
                name: name, kind: kind, builtIn: builtIn, isRequired: isRequired,
                defaultValue: value == .null ? nil : value)
        }
        variableCount = cursor.varint()
        var reader = RuleReader(cursor: cursor, prefix: prefix)
        rules = reader.rules()
        guard !reader.cursor.isBroken, parameters.count <= variableCount, variableCount < 10_000 else {
            throw ModelFailure("the model image is broken at the endpoint rules of \(prefix)")
        }
        self.partitions = partitions
    }

    /// The endpoint for these parameters, by the names that the rules give them. Parameters that the rules do not know
    /// are ignored; null counts as absent.
    ///
    /// Throws ``EndpointFailure`` with the rules' own message when they refuse ("FIPS is enabled but this partition does
    /// not support FIPS"), when a required parameter is missing or of the wrong type, and when no rule applies.
    public func resolve(parameters given: AWSMap) throws(EndpointFailure) -> ResolvedEndpoint {
        var scope = [AWSValue?](repeating: nil, count: variableCount)
        for (slot, parameter) in parameters.enumerated() {
            if let value = given[parameter.name], value != .null {
                guard parameter.kind.accepts(value) else {
                    throw EndpointFailure("the endpoint parameter \(parameter.name) must be a \(parameter.kind)")
                }
                scope[slot] = value
            } else if let value = parameter.defaultValue {
                scope[slot] = value
            } else if parameter.isRequired {
                throw EndpointFailure("the endpoint parameter \(parameter.name) is required: \(parameter.hint)")
            }
        }
        let evaluator = RuleEvaluator(partitions: partitions)
        if let endpoint = try evaluator.evaluate(rules, scope: scope) { return endpoint }
        let known = parameters.compactMap { parameter in given[parameter.name].map { "\(parameter.name)=\($0.brief)" } }
        throw EndpointFailure("no endpoint rule applies to \(known.joined(separator: ", "))")
    }
}

/// Why there is no endpoint: the rules' own words where they have some.
public struct EndpointFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}

public struct ResolvedEndpoint: Sendable, Hashable {
    /// Scheme, host and the path that requests are put under.
    public let url: String
    /// Headers to add to the request.
    public let headers: [Header]
    /// Among them "authSchemes"; see ``authSchemes``.
    public let properties: AWSMap

    public struct Header: Sendable, Hashable {
        public let name: String
        public let values: [String]
    }

    /// How requests to this endpoint are signed, in the order of preference; empty where the service's own way holds.
    public var authSchemes: [AuthScheme] {
        (properties["authSchemes"]?.list ?? []).compactMap { scheme in
            scheme["name"]?.string.map { name in
                AuthScheme(
                    name: name, signingName: scheme["signingName"]?.string,
                    signingRegion: scheme["signingRegion"]?.string,
                    signingRegionSet: scheme["signingRegionSet"]?.strings ?? [],
                    disableDoubleEncoding: scheme["disableDoubleEncoding"]?.bool ?? false)
            }
        }
    }

    public struct AuthScheme: Sendable, Hashable {
        /// "sigv4", "sigv4a", "sigv4-s3express", "bearer".
        public let name: String
        public let signingName: String?
        public let signingRegion: String?
        public let signingRegionSet: [String]
        public let disableDoubleEncoding: Bool
    }
}

extension EndpointRules.Parameter.Kind {
    fileprivate func accepts(_ value: AWSValue) -> Bool {
        switch self {
        case .string: value.string != nil
        case .boolean: value.bool != nil
        case .stringArray: value.list?.allSatisfy { $0.string != nil } ?? false
        }
    }
}

extension EndpointRules.Parameter {
    fileprivate var hint: String {
        switch builtIn {
        case "AWS::Region": "set a region"
        case .some(let source): "set \(source)"
        case nil: "the operation's input gives it"
        }
    }
}

extension AWSValue {
    /// For messages about endpoints, whose parameters are strings, booleans and lists of strings.
    fileprivate var brief: String {
        switch self {
        case .string(let text): "\"\(text)\""
        case .bool(let value): "\(value)"
        case .list(let values): "[" + values.map(\.brief).joined(separator: ", ") + "]"
        default: "?"
        }
    }
}
