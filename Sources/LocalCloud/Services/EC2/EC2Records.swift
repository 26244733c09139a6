enum InstanceState: String, Codable, Sendable {
    case pending, running, stopping, stopped, terminated
    case shuttingDown = "shutting-down"

    var code: Int64 {
        switch self {
        case .pending: 0
        case .running: 16
        case .shuttingDown: 32
        case .terminated: 48
        case .stopping: 64
        case .stopped: 80
        }
    }
}

struct Instance: Codable, Sendable {
    var id: String
    var reservationID: String
    var requesterID: String?
    var imageID: String
    var type: String
    var state: InstanceState
    var stateReason: (code: String, message: String)? {
        get { stateReasonCode.map { ($0, stateReasonMessage ?? "") } }
        set { (stateReasonCode, stateReasonMessage) = (newValue?.code, newValue?.message) }
    }
    var stateReasonCode: String?
    var stateReasonMessage: String?
    var transitionReason = ""
    var vpcID: String
    var subnetID: String
    var zone: String
    var privateAddress: String
    var publicAddress: String?
    var groupIDs: [String]
    var keyName: String?
    var launchTime: Double
    /// Base64, as it was given.
    var userData: String?
    var profileARN: String?
    var profileID: String?
    var profileAssociationID: String?
    var interfaceID: String
    var index: Int
    var needsToken: Bool
    var isProtected = false
    var shutdownBehavior = "stop"
    var clientToken: String?
    var volumeID: String
    var isMonitored = false
    /// When it ended, for its disappearance.
    var endedAt: Double?

    var hostname: String { "ip-" + AddressBlock.dashed(privateAddress) }
}

struct NetworkInterface: Codable, Sendable {
    var id: String
    var vpcID: String
    var subnetID: String
    var zone: String
    var privateAddress: String
    var publicAddress: String?
    var groupIDs: [String]
    var description: String
    var requesterID: String?
    var instanceID: String?
    var attachmentID: String?
    var attachedAt: Double?
    var mac: String
    /// When the service that made it takes it away: a load balancer's outlive their load balancer.
    var removedAt: Double?
}

struct VPC: Codable, Sendable {
    var id: String
    var cidr: String
    var isDefault: Bool
    var hasDNSSupport = true
    var hasDNSHostnames: Bool
    var tenancy = "default"
}

struct Subnet: Codable, Sendable {
    var id: String
    var vpcID: String
    var cidr: String
    var zone: String
    var isDefault: Bool
    var mapsPublicAddress: Bool
}

struct SecurityGroup: Codable, Sendable {
    struct Rule: Codable, Sendable, Hashable {
        /// What a rule is about; two rules of a group with the same are duplicates.
        struct Match: Codable, Sendable, Hashable {
            var isEgress: Bool
            var ipProtocol: String
            var fromPort: Int64?
            var toPort: Int64?
            var cidr: String?
            var cidr6: String?
            var prefixList: String?
            var groupID: String?
        }
        var id: String
        var match: Match
        var description: String?
    }
    var id: String
    var name: String
    var description: String
    var vpcID: String
    var rules: [Rule]
}

struct InternetGateway: Codable, Sendable {
    var id: String
    var vpcID: String?
}

struct RouteTable: Codable, Sendable {
    struct Route: Codable, Sendable {
        var destination: String
        var gatewayID: String
        var origin: String
    }
    struct Association: Codable, Sendable {
        var id: String
        var subnetID: String?
    }
    var id: String
    var vpcID: String
    var routes: [Route]
    var associations: [Association]
}

struct KeyPair: Codable, Sendable {
    var id: String
    var name: String
    var fingerprint: String
    var type: String
    var createdAt: Double
    var publicKey: String
}
