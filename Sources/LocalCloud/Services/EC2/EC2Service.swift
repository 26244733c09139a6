import AWSModel

/// Amazon EC2: networks, security groups, launch templates and instances. An instance is a sandbox on this machine
/// (``InstanceHost``); networks are records that instances and load balancers refer to.
@CloudActor
public final class EC2Service: CloudService {
    public static let model = "ec2"
    let cloud: Cloud
    let instances: Table<Instance>
    let interfaces: Table<NetworkInterface>
    let vpcs: Table<VPC>
    let subnets: Table<Subnet>
    let groups: Table<SecurityGroup>
    let gateways: Table<InternetGateway>
    let routeTables: Table<RouteTable>
    let templates: Table<LaunchTemplate>
    let keyPairs: Table<KeyPair>
    let tags: Table<[Tag]>
    /// Machines that are on or can be put on, by instance id.
    var hosts: [String: InstanceHost] = [:]
    private var observers: [(InstanceChange) -> Void] = []
    /// How many machines may start at once: more only slow each other down.
    let bootGate = Gate(limit: 8)
    var isStopping = false

    public init(cloud: Cloud) throws {
        self.cloud = cloud
        let store = cloud.store
        instances = try store.table("ec2.instances", of: Instance.self)
        interfaces = try store.table("ec2.network-interfaces", of: NetworkInterface.self)
        vpcs = try store.table("ec2.vpcs", of: VPC.self)
        subnets = try store.table("ec2.subnets", of: Subnet.self)
        groups = try store.table("ec2.security-groups", of: SecurityGroup.self)
        gateways = try store.table("ec2.internet-gateways", of: InternetGateway.self)
        routeTables = try store.table("ec2.route-tables", of: RouteTable.self)
        templates = try store.table("ec2.launch-templates", of: LaunchTemplate.self)
        keyPairs = try store.table("ec2.key-pairs", of: KeyPair.self)
        tags = try store.table("ec2.tags", of: [Tag].self)
    }

    /// An instance that came into another state.
    public struct InstanceChange: Sendable {
        public var id: String
        public var account: String
        public var region: String
        /// "running", "shutting-down", …
        public var state: String
    }

    /// Calls `receive` at every change of an instance's state, at once.
    public func observe(_ receive: @escaping @CloudActor (InstanceChange) -> Void) { observers.append(receive) }

    func announce(_ change: InstanceChange) {
        for receive in observers { receive(change) }
        cloud.events.publish(
            source: "aws.ec2", detailType: "EC2 Instance State-change Notification",
            detail: ["instance-id": .string(change.id), "state": .string(change.state)],
            resources: ["arn:aws:ec2:\(change.region):\(change.account):instance/\(change.id)"],
            account: change.account, region: change.region, time: cloud.clock.now)
    }

    /// The machine behind an instance; nil when it was terminated or never existed.
    public func host(of instanceID: String) -> InstanceHost? { hosts[instanceID] }

    /// Returns when the machine of an instance that runs or is on its way there is on: at the cloud's start, what uses
    /// machines is on its way before they are.
    func waitForMachine(of id: String, _ account: String, _ region: String) async {
        while hosts[id]?.isRunning != true, !Task.isCancelled, let state = instances[account, region, id]?.state,
            state == .pending || state == .running
        {
            try? await cloud.clock.sleep(real: 0.1)
        }
    }

    public var operations: [String: OperationHandler] {
        var all: [String: OperationHandler] = [:]
        for group in [
            instanceOperations, launchOperations, networkOperations, gatewayOperations, groupOperations,
            groupRuleOperations,
            templateOperations, imageOperations, instanceTypeOperations, tagOperations, keyPairOperations,
            interfaceOperations,
        ] {
            all.merge(EC2Filters.checked(group)) { first, _ in first }
        }
        // Every call of EC2 knows DryRun, and many that make something give it tags.
        return all.mapValues { handler in
            { input, context in
                if input["DryRun"]?.bool == true {
                    throw ServiceError(
                        "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status: 412)
                }
                for specification in input["TagSpecifications"]?.list ?? [] {
                    try Self.check(Self.tags(in: specification["Tags"]))
                }
                return try await handler(input, context)
            }
        }
    }

    public func start() async {
        await startInstances()
        for (account, region, key, interface) in interfaces.everything() where interface.removedAt != nil {
            removeLater(key, account, region)
        }
    }

    public func stop() async { await stopInstances() }

    func notFound(_ code: String, _ kind: String, _ id: String) -> ServiceError {
        ServiceError(code, "The \(kind) '\(id)' does not exist")
    }

    /// A page of a Describe call's results under `name`.
    ///
    /// - Parameter least: The smallest `MaxResults` that the call takes.
    func page<Element>(
        _ name: String, _ elements: [Element], _ input: AWSValue, least: Int = 5, _ value: (Element) -> AWSValue
    ) throws(ServiceError) -> AWSValue {
        let limit = input["MaxResults"]?.int ?? 1000
        guard limit >= least else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value ( \(limit) ) for parameter maxResults is invalid. Expecting a value greater than \(least).")
        }
        let page = try Page.of(
            elements, token: input["NextToken"]?.string, limit: limit,
            invalidToken: "InvalidNextToken")
        return .structure([name: .list(page.elements.map(value)), "NextToken": page.next.map { .string($0) }])
    }

    /// Elements of a table that a Describe call asks for: by ids, all of which have to be there, and by filters.
    func select<Record>(
        _ table: Table<Record>, ids idMember: String, notFound code: String, kind: String, id: (Record) -> String,
        _ input: AWSValue, _ context: CallContext, attribute: (Record, String) -> [String?]?
    ) throws -> [Record] {
        let records: [Record]
        if let ids = input[idMember]?.strings, !ids.isEmpty {
            records = try ids.map { wanted in
                guard let record = table[context.account, context.region, wanted] else {
                    throw notFound(code, kind, wanted)
                }
                return record
            }
        } else {
            records = table.all(account: context.account, region: context.region)
        }
        let filters = EC2Filters(input)
        return filters.isEmpty
            ? records
            : try records.filter { record in
                try filters.matches(tags: tags(of: id(record), context)) { attribute(record, $0) }
            }
    }
}

/// Lets so many in at once; others wait in order.
@CloudActor
final class Gate {
    private var vacant: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    nonisolated init(limit: Int) { vacant = limit }

    func enter() async {
        if vacant > 0 {
            vacant -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }
    func leave() {
        if waiting.isEmpty { vacant += 1 } else { waiting.removeFirst().resume() }
    }
}
