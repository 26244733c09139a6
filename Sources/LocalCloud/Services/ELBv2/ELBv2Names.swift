/// What names and ARNs of load balancing may be, and the words in which AWS refuses others.
///
/// Sources: ELBv2 API reference, CreateLoadBalancer and CreateTargetGroup ("Name").
enum ELBv2Names {
    static func checkBalancer(_ name: String) throws(ServiceError) {
        let called = "The load balancer name '\(name)'"
        try check(name, called, "and")
        if name.hasPrefix("internal-") {
            throw ServiceError("ValidationError", "\(called) cannot begin with 'internal-'")
        }
    }

    static func checkTargetGroup(_ name: String) throws(ServiceError) {
        try check(name, "Target group name '\(name)'", "or")
    }

    private static func check(_ name: String, _ called: String, _ word: String) throws(ServiceError) {
        if name.utf8.count > 32 {
            throw ServiceError("ValidationError", "\(called) cannot be longer than '32' characters")
        }
        guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) else {
            throw ServiceError(
                "ValidationError",
                "\(called) can only contain characters that are alphanumeric characters \(word) hyphens(-)")
        }
        if name.hasPrefix("-") || name.hasSuffix("-") {
            throw ServiceError("ValidationError", "\(called) cannot begin or end with '-'")
        }
    }

    /// A kind of resource, by the first part of the ARN's resource.
    enum Kind: String, CaseIterable {
        case balancer = "loadbalancer"
        case group = "targetgroup"
        case listener = "listener"
        case rule = "listener-rule"

        var words: String {
            switch self {
            case .balancer: "load balancer"
            case .group: "target group"
            case .listener: "listener"
            case .rule: "listener rule"
            }
        }
        /// How many parts the ARN's resource has: "targetgroup/NAME/ID".
        fileprivate var parts: Int {
            switch self {
            case .balancer: 4
            case .group: 3
            case .listener: 5
            case .rule: 6
            }
        }
    }

    /// What kind of resource of an account and region an ARN names; nil for what is no such ARN.
    static func kind(of arn: String, _ context: CallContext) -> Kind? {
        let fields = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0] == "arn", fields[2] == "elasticloadbalancing",
            fields[3] == context.region, fields[4] == context.account
        else { return nil }
        let parts = fields[5].split(separator: "/", omittingEmptySubsequences: false)
        guard let kind = Kind(rawValue: String(parts[0])), parts.count == kind.parts, !parts.contains(where: \.isEmpty)
        else { return nil }
        return kind
    }

    /// Refuses what cannot be the ARN of a resource of a kind, here: AWS does not look for those.
    static func check(_ arn: String, is kind: Kind, _ context: CallContext) throws(ServiceError) {
        guard Self.kind(of: arn, context) == kind else {
            throw ServiceError("ValidationError", "'\(arn)' is not a valid \(kind.words) ARN")
        }
    }
}
