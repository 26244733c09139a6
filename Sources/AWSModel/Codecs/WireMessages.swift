/// An HTTP request without its endpoint: what a codec knows of it, before it is signed.
public struct WireRequest: Sendable {
    public var method: String
    /// Percent-encoded, starts with "/".
    public var path: String
    /// Percent-encoded; a nil value is written without "=".
    public var query: [(name: String, value: String?)]
    public var headers: [(name: String, value: String)]
    public var body: AWSBody
    /// What stands before the endpoint's host, filled in: "123456789012.".
    public var hostPrefix: String?

    public init(
        method: String, path: String, query: [(name: String, value: String?)] = [],
        headers: [(name: String, value: String)] = [], body: AWSBody = .bytes([]), hostPrefix: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.hostPrefix = hostPrefix
    }

    /// The first header of that name, in whatever case.
    public func header(_ name: String) -> String? { headers.first { HTTPText.sameName($0.name, name) }?.value }

    /// `path?query` as it goes on the wire.
    public var target: String { query.isEmpty ? path : path + "?" + QueryString.join(query) }
}

public struct WireResponse: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: AWSBody

    public init(status: Int, headers: [(name: String, value: String)] = [], body: AWSBody = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in whatever case.
    public func header(_ name: String) -> String? { headers.first { HTTPText.sameName($0.name, name) }?.value }
}

/// An error that a service answered with.
public struct WireError: Error, Sendable, CustomStringConvertible {
    /// The code without namespace, as boto3 gives it: "NoSuchBucket". The status in digits when the answer names none.
    public var code: String
    /// The name that the model has for it, where the service goes on to send the code of an older protocol:
    /// "QueueDoesNotExist" for "AWS.SimpleQueueService.NonExistentQueue".
    public var modelledCode: String?
    public var message: String
    public var status: Int
    public var requestID: String?
    /// The members that the model gives this error; of errors in XML also whatever else was in the element.
    public var fields: AWSMap
    /// Whether the caller is at fault, where the answer or the model says so.
    public var isSenderFault: Bool?

    public init(
        code: String, message: String, status: Int, requestID: String? = nil, fields: AWSMap = [:],
        isSenderFault: Bool? = nil
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
        self.fields = fields
        self.isSenderFault = isSenderFault
    }

    public var description: String {
        "\(code): \(message) (status \(status)\(requestID.map { ", request id \($0)" } ?? ""))"
    }
}

/// A value that cannot be written as its shape demands. Input that ``InputValidator`` accepts does not cause it.
public struct EncodingFailure: Error, Sendable, CustomStringConvertible {
    /// The member's path, "Tags[0].Key"; empty for the whole input.
    public let path: String
    public let message: String

    public init(_ path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    /// The same, seen from the structure or map that has the value under that name.
    func inside(_ name: String) -> EncodingFailure {
        EncodingFailure(path.isEmpty || path.hasPrefix("[") ? name + path : "\(name).\(path)", message)
    }

    /// The same, seen from the list that has the value at that place.
    func inside(_ index: Int) -> EncodingFailure {
        EncodingFailure("[\(index)]" + (path.isEmpty || path.hasPrefix("[") ? path : ".\(path)"), message)
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
