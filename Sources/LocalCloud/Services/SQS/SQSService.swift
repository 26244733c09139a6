import AWSModel
import AWSSigning

/// Amazon Simple Queue Service.
@CloudActor
final class SQSService: CloudService {
    static let model = "sqs"
    let cloud: Cloud
    let queues: Table<Queue>
    /// The "account" is the queue's ARN, the key the message's id.
    let messages: Table<Message>
    /// Receivers that wait, by the queue's ARN: woken when a message comes.
    var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    init(cloud: Cloud) throws {
        self.cloud = cloud
        queues = try cloud.store.table("sqs.queues", of: Queue.self)
        messages = try cloud.store.table("sqs.messages", of: Message.self)
    }

    var operations: [String: OperationHandler] {
        [
            "CreateQueue": createQueue, "DeleteQueue": deleteQueue, "ListQueues": listQueues,
            "GetQueueUrl": getQueueURL,
            "GetQueueAttributes": getQueueAttributes, "SetQueueAttributes": setQueueAttributes,
            "PurgeQueue": purgeQueue, "TagQueue": tagQueue, "UntagQueue": untagQueue, "ListQueueTags": listQueueTags,
            "SendMessage": sendMessage, "SendMessageBatch": sendMessageBatch, "ReceiveMessage": receiveMessage,
            "DeleteMessage": deleteMessage, "DeleteMessageBatch": deleteMessageBatch,
            "ChangeMessageVisibility": changeMessageVisibility,
        ]
    }

    func permissions(for operation: String, input: AWSValue, context: CallContext) -> [Permission] {
        let action = "sqs:\(operation.hasSuffix("Batch") ? String(operation.dropLast(5)) : operation)"
        guard let (account, region, name) = place(input, context) else {
            return context.principal.kind == .root ? [] : [Permission(action: action, resource: "*")]
        }
        let arn = "arn:aws:sqs:\(region):\(account):\(name)"
        return [Permission(action: action, resource: arn, resourcePolicy: queues[account, region, name]?.policy)]
    }

    /// Account, region and name of the queue that a URL (`…/ACCOUNT/NAME`) or a name means.
    func place(_ input: AWSValue, _ context: CallContext) -> (account: String, region: String, name: String)? {
        if let url = input["QueueUrl"]?.string {
            let parts = url.split(separator: "/").map(String.init)
            guard parts.count >= 2 else { return (context.account, context.region, url) }
            return (parts[parts.count - 2], context.region, parts[parts.count - 1])
        }
        guard let name = input["QueueName"]?.string else { return nil }
        return (input["QueueOwnerAWSAccountId"]?.string ?? context.account, context.region, name)
    }

    func existing(_ input: AWSValue, _ context: CallContext) throws(ServiceError) -> Queue {
        guard let (account, region, name) = place(input, context), let queue = queues[account, region, name] else {
            throw ServiceError(
                "QueueDoesNotExist", "The specified queue does not exist.", status: 400,
                queryCode: "AWS.SimpleQueueService.NonExistentQueue")
        }
        return queue
    }

    func save(_ queue: Queue) {
        let parts = queue.arn.split(separator: ":").map(String.init)
        queues[parts[4], parts[3], queue.name] = queue
    }

    func url(_ queue: Queue) -> String {
        let parts = queue.arn.split(separator: ":")
        return "\(cloud.endpoint)/\(parts[4])/\(queue.name)"
    }

    /// Those that are left of a queue, in order; what is older than the queue keeps goes.
    func kept(_ queue: Queue) -> [Message] {
        let oldest = cloud.clock.now - queue.number("MessageRetentionPeriod")
        var kept: [Message] = []
        for message in messages.all(account: queue.arn, region: "") {
            if message.sent < oldest { messages[queue.arn, "", message.id] = nil } else { kept.append(message) }
        }
        return kept.sorted { $0.position < $1.position }
    }

    func wake(_ arn: String) {
        for continuation in waiting.removeValue(forKey: arn) ?? [] { continuation.resume() }
    }

    func stop() async {
        for arn in Array(waiting.keys) { wake(arn) }
    }
}
