import AWSModel

extension LogsService {
    func createLogGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["logGroupName"]?.string ?? ""
        let isAllowed = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || ".-_/#".utf8.contains(byte)
        }
        guard isAllowed, (1...512).contains(name.utf8.count) else {
            throw ServiceError(
                "InvalidParameterException",
                ValidationText.one(
                    "logGroupName", value: name, must: "satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"))
        }
        guard groups[context.account, context.region, name] == nil else {
            throw ServiceError("ResourceAlreadyExistsException", "The specified log group already exists")
        }
        var group = LogGroup(
            name: name, arn: "arn:aws:logs:\(context.region):\(context.account):log-group:\(name)",
            created: milliseconds)
        if let key = input["kmsKeyId"]?.string {
            guard key.hasPrefix("arn:"), cloud.service(KMSService.self).isUsable(key, context) else {
                throw ServiceError(
                    "InvalidParameterException",
                    "The specified KMS key does not exist or is not allowed to be used: \(key)")
            }
            group.keyID = key
        }
        group.logClass = input["logGroupClass"]?.string ?? "STANDARD"
        group.isProtected = input["deletionProtectionEnabled"]?.bool
        group.tags = Self.tags(input)
        try Self.tagRules.check(group.tags)
        groups[context.account, context.region, name] = group
        return [:]
    }

    func deleteLogGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        if group.isProtected == true {
            throw ServiceError("ValidationException", "Log group \(group.name) has deletion protection enabled.")
        }
        for stream in streams(of: group.name, context) {
            removeEvents(of: stream)
            streams[context.account, context.region, streamKey(group.name, stream.name)] = nil
        }
        groups[context.account, context.region, group.name] = nil
        return [:]
    }

    func describeLogGroups(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let prefix = input["logGroupNamePrefix"]?.string ?? ""
        let pattern = input["logGroupNamePattern"]?.string
        if !prefix.isEmpty, pattern != nil {
            throw ServiceError(
                "InvalidParameterException",
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        let matching = groups.all(account: context.account, region: context.region).filter { group in
            group.name.hasPrefix(prefix) && (pattern.map { group.name.lowercased().contains($0.lowercased()) } ?? true)
        }
        let (page, next) = try Page.of(
            matching, token: input["nextToken"]?.string, limit: min(input["limit"]?.int ?? 50, 50),
            invalidToken: "InvalidParameterException")
        return .structure([
            "logGroups": .list(
                page.map {
                    .structure([
                        "logGroupName": .string($0.name), "creationTime": .integer($0.created),
                        "retentionInDays": $0.retention.map { .integer(Int64($0)) }, "metricFilterCount": 0,
                        "arn": .string("\($0.arn):*"), "storedBytes": .integer($0.storedBytes),
                        "kmsKeyId": $0.keyID.map { .string($0) }, "logGroupClass": .string($0.logClass),
                        "logGroupArn": .string($0.arn), "deletionProtectionEnabled": .bool($0.isProtected ?? false),
                    ])
                }), "nextToken": next.map { .string($0) },
        ])
    }

    private func change(_ input: AWSValue, _ context: CallContext, _ body: (inout LogGroup) -> Void) throws -> AWSValue
    {
        var group = try group(input, context)
        body(&group)
        groups[context.account, context.region, group.name] = group
        return [:]
    }

    func putRetentionPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let days = input["retentionInDays"]?.int ?? 0
        let allowed = [
            1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
        ]
        guard allowed.contains(days) else {
            throw ServiceError(
                "InvalidParameterException",
                ValidationText.one("retentionInDays", value: "\(days)", must: .oneOf(allowed.map(String.init))))
        }
        return try change(input, context) { $0.retention = days }
    }

    func deleteRetentionPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try change(input, context) { $0.retention = nil }
    }

    func tagLogGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = Self.tags(input)
        try Self.tagRules.check(tags, over: try group(input, context).tags)
        return try change(input, context) { $0.tags.set(tags) }
    }

    private static let tagRules = TagRules(
        duplicate: "InvalidParameterException", reserved: "InvalidParameterException",
        tooMany: "TooManyTagsException")

    private static func tags(_ input: AWSValue) -> [Tag] {
        (input["tags"]?.map ?? [:]).map { Tag(key: $0.key, value: $0.value.string ?? "") }
    }

    func untagLogGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let keys = input["tags"]?.strings ?? input["tagKeys"]?.strings ?? []
        return try change(input, context) { $0.tags.unset(keys) }
    }

    func listTagsLogGroup(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        .map(["tags": .map(AWSMap(try group(input, context).tags.map { ($0.key, .string($0.value)) }))])
    }

    func createLogStream(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let name = input["logStreamName"]?.string ?? ""
        guard !name.isEmpty, name.utf8.count <= 512, !name.contains(":"), !name.contains("*"), !name.contains("\n")
        else {
            throw ServiceError(
                "InvalidParameterException",
                ValidationText.one(
                    "logStreamName", value: name, must: "satisfy regular expression pattern: [^:*]*"))
        }
        let key = streamKey(group.name, name)
        guard streams[context.account, context.region, key] == nil else {
            throw ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists")
        }
        streams[context.account, context.region, key] = LogStream(
            name: name, arn: "\(group.arn):log-stream:\(name)", created: milliseconds, id: Identifier.hex(16))
        return [:]
    }

    func stream(_ input: AWSValue, _ group: LogGroup, _ context: CallContext) throws(ServiceError) -> LogStream {
        let key = streamKey(group.name, input["logStreamName"]?.string ?? "")
        guard let stream = streams[context.account, context.region, key] else {
            throw ServiceError("ResourceNotFoundException", "The specified log stream does not exist.")
        }
        return stream
    }

    func deleteLogStream(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let stream = try stream(input, group, context)
        removeEvents(of: stream)
        streams[context.account, context.region, streamKey(group.name, stream.name)] = nil
        return [:]
    }

    func describeLogStreams(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let prefix = input["logStreamNamePrefix"]?.string ?? ""
        let byTime = input["orderBy"]?.string == "LastEventTime"
        if byTime, !prefix.isEmpty {
            throw ServiceError(
                "InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
        }
        var matching = streams(of: group.name, context).filter { $0.name.hasPrefix(prefix) }
        if byTime { matching.sort { ($0.lastEvent ?? 0, $0.name) < ($1.lastEvent ?? 0, $1.name) } }
        if input["descending"]?.bool ?? false { matching.reverse() }
        let (page, next) = try Page.of(
            matching, token: input["nextToken"]?.string, limit: min(input["limit"]?.int ?? 50, 50),
            invalidToken: "InvalidParameterException")
        return .structure(["logStreams": .list(page.map(\.value)), "nextToken": next.map { .string($0) }])
    }
}
