import AWSModel

extension SQSService {
    func createQueue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["QueueName"]?.string ?? ""
        let base = name.hasSuffix(".fifo") ? name.dropLast(5) : name[...]
        let isAllowed = base.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
                || byte == 0x5f
        }
        guard isAllowed, !base.isEmpty, name.utf8.count <= 80 else {
            throw ServiceError(
                "InvalidParameterValue",
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length", status: 400)
        }
        let attributes = try QueueAttributes.read(input)
        guard name.hasSuffix(".fifo") == (attributes["FifoQueue"] == "true") else {
            throw ServiceError(
                "InvalidParameterValue",
                name.hasSuffix(".fifo")
                    ? "The name of a FIFO queue needs the attribute FifoQueue to be true."
                    : "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                        + "with .fifo suffix and be 1 to 80 in length.", status: 400)
        }
        if let existing = queues[context.account, context.region, name] {
            for (key, value) in attributes where existing.attributes[key] ?? Queue.defaults[key] != value {
                throw ServiceError(
                    "QueueNameExists",
                    "A queue already exists with the same name and a different value for attribute \(key)", status: 400,
                    queryCode: "QueueAlreadyExists")
            }
            return ["QueueUrl": .string(url(existing))]
        }
        let now = cloud.clock.now
        var queue = Queue(
            name: name, arn: "arn:aws:sqs:\(context.region):\(context.account):\(name)", created: now, modified: now,
            attributes: attributes)
        for (key, value) in input["tags"]?.map ?? [:] { queue.tags[key] = value.string }
        save(queue)
        return ["QueueUrl": .string(url(queue))]
    }

    func deleteQueue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        let parts = queue.arn.split(separator: ":").map(String.init)
        for key in messages.keys(account: queue.arn, region: "") { messages[queue.arn, "", key] = nil }
        queues[parts[4], parts[3], queue.name] = nil
        wake(queue.arn)
        return [:]
    }

    func purgeQueue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        for key in messages.keys(account: queue.arn, region: "") { messages[queue.arn, "", key] = nil }
        return [:]
    }

    func listQueues(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let prefix = input["QueueNamePrefix"]?.string ?? ""
        let matching = queues.all(account: context.account, region: context.region).filter { $0.name.hasPrefix(prefix) }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: input["MaxResults"]?.int ?? 1000)
        return .structure([
            "QueueUrls": page.isEmpty ? nil : .list(page.map { .string(url($0)) }),
            "NextToken": next.map { .string($0) },
        ])
    }

    func getQueueURL(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ["QueueUrl": .string(url(try existing(input, context)))]
    }

    func getQueueAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        let wanted = Set(input["AttributeNames"]?.strings ?? [])
        let now = cloud.clock.now
        let messages = kept(queue)
        var attributes = Queue.defaults.merging(queue.attributes) { _, own in own }
        attributes["QueueArn"] = queue.arn
        attributes["CreatedTimestamp"] = String(Int(queue.created))
        attributes["LastModifiedTimestamp"] = String(Int(queue.modified))
        attributes["ApproximateNumberOfMessages"] = String(messages.count { $0.visibleFrom <= now })
        attributes["ApproximateNumberOfMessagesNotVisible"] = String(
            messages.count { $0.visibleFrom > now && $0.receipt != nil })
        attributes["ApproximateNumberOfMessagesDelayed"] = String(
            messages.count { $0.visibleFrom > now && $0.receipt == nil })
        let chosen = attributes.filter { wanted.contains("All") || wanted.contains($0.key) }.sorted { $0.key < $1.key }
        return .structure([
            "Attributes": chosen.isEmpty ? nil : .map(AWSMap(chosen.map { ($0.key, .string($0.value)) }))
        ])
    }

    func setQueueAttributes(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var queue = try existing(input, context)
        queue.attributes.merge(try QueueAttributes.read(input)) { $1 }
        queue.modified = cloud.clock.now
        save(queue)
        return [:]
    }

    func tagQueue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var queue = try existing(input, context)
        for (key, value) in input["Tags"]?.map ?? [:] { queue.tags[key] = value.string }
        save(queue)
        return [:]
    }

    func untagQueue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var queue = try existing(input, context)
        for key in input["TagKeys"]?.strings ?? [] { queue.tags[key] = nil }
        save(queue)
        return [:]
    }

    func listQueueTags(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let tags = try existing(input, context).tags.sorted { $0.key < $1.key }
        return .structure(["Tags": tags.isEmpty ? nil : .map(AWSMap(tags.map { ($0.key, .string($0.value)) }))])
    }
}
