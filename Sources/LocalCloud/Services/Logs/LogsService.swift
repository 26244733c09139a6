import AWSModel

/// Amazon CloudWatch Logs.
@CloudActor
final class LogsService: CloudService {
    static let model = "logs"
    let cloud: Cloud
    let groups: Table<LogGroup>
    /// The key is the group's name, a line feed (which no name holds) and the stream's.
    let streams: Table<LogStream>
    /// The "account" is the stream's id, the key the piece's number.
    let chunks: Table<LogChunk>

    init(cloud: Cloud) throws {
        self.cloud = cloud
        groups = try cloud.store.table("logs.groups", of: LogGroup.self)
        streams = try cloud.store.table("logs.streams", of: LogStream.self)
        chunks = try cloud.store.table("logs.events", of: LogChunk.self)
    }

    var operations: [String: OperationHandler] {
        [
            "CreateLogGroup": createLogGroup, "DeleteLogGroup": deleteLogGroup, "DescribeLogGroups": describeLogGroups,
            "CreateLogStream": createLogStream, "DeleteLogStream": deleteLogStream,
            "DescribeLogStreams": describeLogStreams, "PutRetentionPolicy": putRetentionPolicy,
            "DeleteRetentionPolicy": deleteRetentionPolicy, "TagLogGroup": tagLogGroup,
            "UntagLogGroup": untagLogGroup, "ListTagsLogGroup": listTagsLogGroup, "TagResource": tagLogGroup,
            "UntagResource": untagLogGroup, "ListTagsForResource": listTagsLogGroup, "PutLogEvents": putLogEvents,
            "GetLogEvents": getLogEvents, "FilterLogEvents": filterLogEvents,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        if context.principal.kind == .root { return [] }
        guard let name = groupName(input) else {
            return [Permission(action: "logs:\(operation)", resource: "*")]
        }
        let group = "arn:aws:logs:\(context.region):\(context.account):log-group:\(name)"
        let streamed = ["PutLogEvents", "GetLogEvents", "DeleteLogStream"].contains(operation)
        let stream = input["logStreamName"]?.string ?? "*"
        return [
            Permission(
                action: "logs:\(operation)",
                resource: streamed
                    ? "\(group):log-stream:\(stream)" : "\(group)\(operation == "CreateLogGroup" ? "" : ":*")")
        ]
    }

    /// A group by its name, its identifier or its ARN.
    func groupName(_ input: AWSValue) -> String? {
        guard
            let text = input["logGroupName"]?.string ?? input["logGroupIdentifier"]?.string
                ?? input["resourceArn"]?.string
        else { return nil }
        guard text.hasPrefix("arn:"), let mark = text.firstRange(of: ":log-group:") else { return text }
        let rest = text[mark.upperBound...]
        return String(rest.hasSuffix(":*") ? rest.dropLast(2) : rest)
    }

    func group(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> LogGroup {
        let name = groupName(input) ?? ""
        guard let group = groups[context.account, context.region, name] else {
            throw ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        }
        return group
    }

    /// For operations that know a group by its name or by its identifier, one of the two.
    func oneGroup(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> LogGroup {
        guard (input["logGroupName"] == nil) != (input["logGroupIdentifier"] == nil) else {
            throw ServiceError(
                "InvalidParameterException",
                "Exactly one of logGroupName and logGroupIdentifier must be specified.")
        }
        return try group(input, context)
    }

    func streamKey(_ group: String, _ stream: String) -> String { "\(group)\n\(stream)" }

    func streams(of group: String, _ context: CallContext) -> [LogStream] {
        let prefix = streamKey(group, "")
        let keys = streams.keys(account: context.account, region: context.region)
        var found: [LogStream] = []
        for key in keys[keys.firstPosition(notBefore: prefix)...] {
            guard key.hasPrefix(prefix) else { break }
            if let stream = streams[context.account, context.region, key] { found.append(stream) }
        }
        return found
    }

    /// Events in the order in which they came.
    func events(of stream: LogStream) -> [LogEvent] {
        var events: [LogEvent] = []
        events.reserveCapacity(stream.count)
        for number in 0..<((stream.count + LogChunk.capacity - 1) / LogChunk.capacity) {
            events += chunks[stream.id, "", String(number)]?.events ?? []
        }
        return events
    }

    func removeEvents(of stream: LogStream) {
        for number in 0...(stream.count / LogChunk.capacity) { chunks[stream.id, "", String(number)] = nil }
    }

    var milliseconds: Int64 { Int64(cloud.clock.now * 1000) }
}
