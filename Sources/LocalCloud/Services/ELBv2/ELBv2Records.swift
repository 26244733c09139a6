import AWSModel

struct BalancerRecord: Codable, Sendable {
    var arn: String
    var name: String
    var id: String
    var scheme: String
    var vpcID: String
    var subnetIDs: [String]
    var zones: [String]
    var groupIDs: [String]
    var createdAt: Double
    var isActive: Bool
    var attributes: [String: String]
    var interfaceIDs: [String]
    /// Where it listens on this machine.
    var address: String
    /// Listener ports that could not be served under their own number (80 needs root or a sysctl) and where they are.
    var moved: [Int: Int] = [:]

    /// The address, with the port where port 80 is elsewhere: `http://$DNSName/` works as it stands.
    var dnsName: String { moved[80].map { "\(address):\($0)" } ?? address }
    var isProtected: Bool { attributes["deletion_protection.enabled"] == "true" }
}

struct TargetGroupRecord: Codable, Sendable {
    struct Member: Codable, Sendable, Hashable {
        var id: String
        var port: Int
    }
    struct Check: Codable, Sendable, Equatable {
        var isEnabled = true
        var path = "/"
        var port = "traffic-port"
        var protocolName = "HTTP"
        var interval = 30
        var timeout = 5
        var healthyThreshold = 5
        var unhealthyThreshold = 2
        var matcher = "200"

        /// Seconds from a healthy target's first failed check to the one that makes it unhealthy.
        var tolerance: Double { Double((unhealthyThreshold - 1) * interval) }
    }
    var arn: String
    var name: String
    var protocolName: String
    var protocolVersion: String
    var port: Int
    var vpcID: String
    var targetType: String
    var check: Check
    var attributes: [String: String]
    var members: [Member] = []

    var deregistrationDelay: Double { attributes["deregistration_delay.timeout_seconds"].flatMap(Double.init) ?? 300 }
}

struct ListenerRecord: Codable, Sendable {
    var arn: String
    var balancerARN: String
    var port: Int
    var protocolName: String
    var actions: [AWSValue]
}

struct RuleRecord: Codable, Sendable {
    var arn: String
    var listenerARN: String
    /// Nil for the default rule, which the listener's own actions make.
    var priority: Int
    var conditions: [AWSValue]
    var actions: [AWSValue]
}
