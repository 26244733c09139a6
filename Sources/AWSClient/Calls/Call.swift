import AWSModel

/// One call of an operation on its way through the interceptors.
public struct Call: Sendable {
    /// What a call's copies share, of which there are some on its way.
    private final class Shared: Sendable {
        let service: ServiceModel
        let operation: Operation
        let region: String?
        let options: CallOptions

        init(service: ServiceModel, operation: Operation, region: String?, options: CallOptions) {
            self.service = service
            self.operation = operation
            self.region = region
            self.options = options
        }
    }

    private var shared: Shared
    /// May be changed by an interceptor before it goes on.
    public var input: AWSValue
    /// From 1; 0 before the first attempt.
    public internal(set) var attempt = 0

    init(service: ServiceModel, operation: Operation, input: AWSValue, options: CallOptions, region: String?) {
        shared = Shared(service: service, operation: operation, region: region, options: options)
        self.input = input
    }

    public var service: ServiceModel { shared.service }
    public var operation: Operation { shared.operation }
    /// The region that the client is for; nil when none is set.
    public var region: String? { shared.region }
    /// May be changed by an interceptor, too.
    public var options: CallOptions {
        get { shared.options }
        set { shared = Shared(service: service, operation: operation, region: region, options: newValue) }
    }

    /// Whether the call is known to change nothing: by the model's trait, or by the verbs that AWS's read operations
    /// begin with.
    public var isReadOnly: Bool {
        operation.isReadOnly
            || ["Get", "List", "Describe", "Head", "BatchGet", "Lookup", "Search", "Filter", "Query", "Scan"].contains {
                operation.name.hasPrefix($0)
            }
    }
}

/// What one call does differently from its client.
public struct CallOptions: Sendable {
    /// Where a streaming answer goes, instead of into memory.
    public var saveTo: String?
    /// Seconds for the call with all its attempts and waits.
    public var timeout: Double?
    public var maxAttempts: Int?
    /// The largest answer that is taken into memory, in bytes.
    public var memoryLimit: Int64
    /// Headers to add, signed along.
    public var headers: [(name: String, value: String)]
    /// Whether the request may reach the service only once; see ``HTTPRequest/usesFreshConnection``. Also turns off
    /// further attempts.
    public var sendsOnce: Bool
    /// The caller has checked the input with ``AWSClient/problems(_:_:lists:)`` already.
    public var inputIsChecked: Bool
    /// Makes what the output is written into as it is read: ``AWSResult/written``. For who needs another form of large
    /// answers than ``AWSValue``, whose tree is then only made when somebody asks for ``AWSResult/output``.
    public var sink: (@Sendable () -> any ValueSink & Sendable)?

    public init(
        saveTo: String? = nil, timeout: Double? = nil, maxAttempts: Int? = nil,
        memoryLimit: Int64 = HTTPRequest.ResponseBody.defaultLimit, headers: [(name: String, value: String)] = [],
        sendsOnce: Bool = false, inputIsChecked: Bool = false,
        sink: (@Sendable () -> any ValueSink & Sendable)? = nil
    ) {
        self.saveTo = saveTo
        self.timeout = timeout
        self.maxAttempts = maxAttempts
        self.memoryLimit = memoryLimit
        self.headers = headers
        self.sendsOnce = sendsOnce
        self.inputIsChecked = inputIsChecked
        self.sink = sink
    }
}

/// Something that stands between a script and AWS: permissions, plan mode, a journal, a recording.
///
/// An interceptor sees the call, may change it, answer it itself, refuse it (by throwing) or look at what comes back.
/// Those of a client stand, in their order, between the check of the input and the retries; those that want to see
/// every attempt say so with ``seesEachAttempt``:
///
///     validate → [interceptors] → retry → [those that see each attempt] → sign → send
public protocol Interceptor: Sendable {
    /// For traces and messages: "permit", "journal".
    var name: String { get }
    var seesEachAttempt: Bool { get }
    // `@concurrent` is what modules without NonisolatedNonsendingByDefault, as a host's are, read into a closure's type.
    func intercept(_ call: Call, next: @concurrent @Sendable (Call) async throws -> AWSResult) async throws -> AWSResult
}

extension Interceptor {
    public var seesEachAttempt: Bool { false }
}
