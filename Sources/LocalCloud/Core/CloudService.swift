import AWSModel

/// One operation of a service, under the name that AWS publishes.
public typealias OperationHandler = @CloudActor (AWSValue, CallContext) async throws -> AWSValue

/// A service of the local cloud: its operations' logic. Reading and writing the wire, signatures, permissions and
/// durability are done around it.
@CloudActor
public protocol CloudService: AnyObject, Sendable {
    /// The model's name, as in `Catalog.service(_:)`: "codepipeline".
    static var model: String { get }
    /// The prefix of the service's actions in policies, where it is not the model's name: "elasticloadbalancing".
    static var actionPrefix: String { get }

    /// Opens tables. Other services are not there yet; reach them from ``start()`` on.
    ///
    /// - Throws: When the service's state or its folder cannot be used.
    init(cloud: Cloud) throws

    /// Read once, after `init`.
    var operations: [String: OperationHandler] { get }

    /// What a caller needs to be allowed for one call. The default reads ``resourceTemplates``.
    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission]

    /// The resource of each operation as policies name it, with members of the input in braces: `["StartBuild":
    /// "project/{projectName}"]`. A template that starts with `arn:` is taken whole, `{region}` and `{account}` included;
    /// a member that holds an ARN stands for the whole. An operation that is not listed has the resource `*`.
    var resourceTemplates: [String: String] { get }

    /// Goes on with what was in flight when the process ended; starts what runs by itself (with ``Cloud/spawn(_:)``).
    func start() async
    /// Ends what it started, other than tasks of ``Cloud/spawn(_:)``.
    func stop() async
}

extension CloudService {
    public static var actionPrefix: String { model }
    public var resourceTemplates: [String: String] { [:] }
    public func start() async {}
    public func stop() async {}

    public func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let action = "\(Self.actionPrefix):\(operation)"
        guard let template = resourceTemplates[operation] else { return [Permission(action: action, resource: "*")] }
        let resource = ResourceTemplate.fill(
            template, input: input, service: Self.actionPrefix, region: context.region, account: context.account)
        return [Permission(action: action, resource: resource)]
    }
}

/// An action on a resource, and what conditions of policies may ask about it.
public struct Permission: Sendable {
    /// "s3:GetObject"
    public var action: String
    public var resource: String
    /// Condition keys and values: "iam:PassedToService".
    public var context: [String: [String]]
    /// A policy on the resource itself (a bucket's), as JSON.
    public var resourcePolicy: String?
    /// Whose resource it is, where its ARN does not say (S3).
    public var owner: String?

    public init(
        action: String, resource: String, context: [String: [String]] = [:], resourcePolicy: String? = nil,
        owner: String? = nil
    ) {
        self.action = action
        self.resource = resource
        self.context = context
        self.resourcePolicy = resourcePolicy
        self.owner = owner
    }
}

/// The circumstances of one call.
public struct CallContext: Sendable {
    public let cloud: Cloud
    public let account: String
    public let region: String
    public let requestID: String
    public let principal: Principal
    public let sourceIP: String

    public init(
        cloud: Cloud, account: String, region: String, requestID: String, principal: Principal, sourceIP: String
    ) {
        self.cloud = cloud
        self.account = account
        self.region = region
        self.requestID = requestID
        self.principal = principal
        self.sourceIP = sourceIP
    }
}
