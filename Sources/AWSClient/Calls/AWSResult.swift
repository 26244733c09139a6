import AWSModel
import Synchronization

/// What a call gave.
public struct AWSResult: Sendable {
    private enum Content {
        case value(AWSValue)
        case written(Answer)
    }

    private var content: Content
    public var metadata: ResponseMetadata

    public init(output: AWSValue, metadata: ResponseMetadata = ResponseMetadata()) {
        content = .value(output)
        self.metadata = metadata
    }

    init(_ answer: Answer, metadata: ResponseMetadata) {
        content = .written(answer)
        self.metadata = metadata
    }

    /// Of a call that wrote its output into a sink, the tree is made when it is asked for first.
    public var output: AWSValue {
        get {
            switch content {
            case .value(let output): output
            case .written(let answer): answer.output
            }
        }
        set { content = .value(newValue) }
    }

    /// What ``CallOptions/sink`` made, with the output in it; nil without one, and when an interceptor gave another output.
    public var written: (any ValueSink & Sendable)? {
        if case .written(let answer) = content { answer.sink } else { nil }
    }

    /// An answer that has been read once without error, into a sink: what that has made of it, and the answer itself for
    /// those who want it as a tree.
    final class Answer: Sendable {
        let sink: any ValueSink & Sendable
        private let response: WireResponse
        private let operation: Operation
        private let tree = Mutex<AWSValue?>(nil)

        init(_ response: consuming WireResponse, _ operation: Operation, in sink: consuming any ValueSink & Sendable) {
            self.sink = sink
            self.response = response
            self.operation = operation
        }

        var output: AWSValue {
            tree.withLock { tree in
                if let tree { return tree }
                // The bytes are those that were read without error.
                let made = (try? ClientCodec.decode(response, operation: operation, service: operation.service)) ?? [:]
                tree = made
                return made
            }
        }
    }
}

public struct ResponseMetadata: Sendable {
    public var requestID: String?
    public var attempts: Int
    public var status: Int
    public var headers: [(name: String, value: String)]

    public init(
        requestID: String? = nil, attempts: Int = 1, status: Int = 200, headers: [(name: String, value: String)] = []
    ) {
        self.requestID = requestID
        self.attempts = attempts
        self.status = status
        self.headers = headers
    }
}

/// A request that is ready to be sent, signed.
public struct PreparedRequest: Sendable {
    public var method: String
    public var url: String
    public var headers: [(name: String, value: String)]
    public var body: AWSBody

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? { headers.first(named: name) }
}
