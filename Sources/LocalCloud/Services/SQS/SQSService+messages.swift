import AWSModel
import AWSSigning

extension SQSService {
    func sendMessage(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var queue = try existing(input, context)
        let answer = try send(input, to: &queue, context)
        save(queue)
        wake(queue.arn)
        return answer
    }

    func sendMessageBatch(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var queue = try existing(input, context)
        let entries = try batch(input)
        var sent: [AWSValue] = []
        var failed: [AWSValue] = []
        for entry in entries {
            do {
                var answer = try send(entry, to: &queue, context)
                answer["Id"] = entry["Id"]
                sent.append(answer)
            } catch {
                failed.append(Self.failure(entry, error))
            }
        }
        save(queue)
        wake(queue.arn)
        return .structure(["Successful": .list(sent), "Failed": failed.isEmpty ? nil : .list(failed)])
    }

    private static func failure(_ entry: AWSValue, _ error: ServiceError) -> AWSValue {
        .structure([
            "Id": entry["Id"], "SenderFault": true, "Code": .string(error.code), "Message": .string(error.message),
        ])
    }

    private func batch(_ input: AWSValue) throws(ServiceError) -> [AWSValue] {
        let entries = input["Entries"]?.list ?? []
        guard !entries.isEmpty else {
            throw ServiceError(
                "EmptyBatchRequest", "There should be at least one entry in the request.", status: 400,
                queryCode: "AWS.SimpleQueueService.EmptyBatchRequest")
        }
        guard entries.count <= 10 else {
            throw ServiceError(
                "TooManyEntriesInBatchRequest",
                "Maximum number of entries per request are 10. You have sent \(entries.count).", status: 400,
                queryCode: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        }
        let ids = entries.compactMap { $0["Id"]?.string }
        guard Set(ids).count == entries.count else {
            throw ServiceError(
                "BatchEntryIdsNotDistinct", "Id \(ids.last ?? "") repeated.", status: 400,
                queryCode: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
        }
        return entries
    }

    private func send(
        _ input: AWSValue, to queue: inout Queue, _ context: CallContext
    ) throws(ServiceError) -> AWSValue {
        let body = input["MessageBody"]?.string ?? ""
        guard !body.isEmpty else {
            throw ServiceError("MissingParameter", "The request must contain the parameter MessageBody.", status: 400)
        }
        guard Double(body.utf8.count) <= queue.number("MaximumMessageSize") else {
            throw ServiceError(
                "InvalidParameterValue",
                "One or more parameters are invalid. Reason: Message must be shorter than "
                    + "\(Int(queue.number("MaximumMessageSize"))) bytes.", status: 400)
        }
        // What XML 1.0 cannot hold.
        if let character = body.unicodeScalars.first(where: { !Self.isAllowed($0) }) {
            throw ServiceError(
                "InvalidMessageContents",
                "Invalid binary character '#x\(String(character.value, radix: 16))' was found in the message body, the set "
                    + "of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
                status: 400)
        }
        if let delay = input["DelaySeconds"]?.int, !(0...900).contains(delay) {
            throw ServiceError(
                "InvalidParameterValue",
                "Value \(delay) for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
                status: 400)
        }
        let now = cloud.clock.now
        let attributes = input["MessageAttributes"].flatMap { $0.map?.isEmpty == false ? $0 : nil }
        let group = input["MessageGroupId"]?.string
        var deduplication = input["MessageDeduplicationId"]?.string
        var sequence: String?
        if queue.isFIFO {
            guard group != nil else {
                throw ServiceError(
                    "MissingParameter", "The request must contain the parameter MessageGroupId.", status: 400)
            }
            if deduplication == nil, queue.attributes["ContentBasedDeduplication"] == "true" {
                deduplication = Digest.sha256Hex(Array(body.utf8))
            }
            guard let deduplication else {
                throw ServiceError(
                    "InvalidParameterValue",
                    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                        + "explicitly", status: 400)
            }
            queue.recent = queue.recent.filter { now - $0.value.time < 300 }
            if let earlier = queue.recent[deduplication] {
                return answer(earlier.messageID, body, attributes, earlier.sequence)
            }
            let digits = String(queue.nextSequence)
            sequence = "1886" + String(repeating: "0", count: max(0, 16 - digits.count)) + digits
        }
        let message = Message(
            id: Identifier.uuid(), body: body, attributes: attributes, sender: context.principal.userID, sent: now,
            visibleFrom: now + (input["DelaySeconds"]?.double ?? queue.number("DelaySeconds")), groupID: group,
            deduplicationID: deduplication, sequence: sequence, position: queue.nextSequence)
        queue.nextSequence += 1
        if let deduplication, queue.isFIFO {
            queue.recent[deduplication] = Queue.Sent(time: now, messageID: message.id, sequence: sequence)
        }
        messages[queue.arn, "", message.id] = message
        return answer(message.id, body, attributes, sequence)
    }

    private static func isAllowed(_ character: Unicode.Scalar) -> Bool {
        switch character.value {
        case 0x9, 0xa, 0xd, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: true
        default: false
        }
    }

    private func answer(_ id: String, _ body: String, _ attributes: AWSValue?, _ sequence: String?) -> AWSValue {
        .structure([
            "MD5OfMessageBody": .string(Hex.encode(Digest.hash(Array(body.utf8), .md5))),
            "MD5OfMessageAttributes": attributes.map { .string(MessageDigest.md5(ofAttributes: $0)) },
            "MessageId": .string(id), "SequenceNumber": sequence.map { .string($0) },
        ])
    }

    func receiveMessage(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let queue = try existing(input, context)
        let wanted = input["MaxNumberOfMessages"]?.int ?? 1
        guard (1...10).contains(wanted) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value \(wanted) for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if "
                    + "provided.", status: 400)
        }
        let wait = input["WaitTimeSeconds"]?.double ?? queue.number("ReceiveMessageWaitTimeSeconds")
        guard (0...20).contains(wait) else {
            throw ServiceError(
                "InvalidParameterValue",
                "Value \(Int(wait)) for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
                status: 400)
        }
        let deadline = CloudClock.realNow + wait
        while true {
            let received = take(wanted, from: queue, input)
            let rest = deadline - CloudClock.realNow
            if !received.isEmpty || rest <= 0 {
                return .structure(["Messages": received.isEmpty ? nil : .list(received)])
            }
            await waitForMessage(queue, atMost: min(rest, 1))
            // A client that is gone takes no message with it, and does not hold up a stop.
            try Task.checkCancellation()
            _ = try existing(input, context)
        }
    }

    /// Until a message comes or the time is over; a message whose visibility time-out ends is seen within a second.
    private func waitForMessage(_ queue: Queue, atMost seconds: Double) async {
        let timer = Task { @CloudActor in
            try? await cloud.clock.sleep(real: seconds)
            wake(queue.arn)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[queue.arn, default: []].append($0) }
        } onCancel: {
            Task { @CloudActor in wake(queue.arn) }
        }
        timer.cancel()
    }

    private func take(_ wanted: Int, from queue: Queue, _ input: AWSValue) -> [AWSValue] {
        let now = cloud.clock.now
        let timeout = input["VisibilityTimeout"]?.double ?? queue.number("VisibilityTimeout")
        let messages = kept(queue)
        var blocked = Set(messages.filter { $0.visibleFrom > now && $0.receipt != nil }.compactMap(\.groupID))
        if !queue.isFIFO { blocked = [] }
        var taken: [AWSValue] = []
        for var message in messages where message.visibleFrom <= now && taken.count < wanted {
            if let group = message.groupID, blocked.contains(group) { continue }
            if moveToDeadLetters(message, from: queue) { continue }
            message.receiveCount += 1
            message.firstReceived = message.firstReceived ?? now
            message.visibleFrom = now + timeout
            message.receipt = AWSModel.Base64.encode(Array("\(message.id):\(Identifier.hex(24))".utf8))
            self.messages[queue.arn, "", message.id] = message
            taken.append(value(message, input))
        }
        return taken
    }

    private func moveToDeadLetters(_ message: Message, from queue: Queue) -> Bool {
        guard let text = queue.attributes["RedrivePolicy"], let policy = try? JSON.parse(text),
            let target = policy["deadLetterTargetArn"]?.string,
            let limit = policy["maxReceiveCount"]?.int ?? policy["maxReceiveCount"]?.string.flatMap(Int.init),
            message.receiveCount >= limit
        else { return false }
        let parts = target.split(separator: ":").map(String.init)
        guard parts.count == 6, var letters = queues[parts[4], parts[3], parts[5]] else { return false }
        var moved = message
        moved.visibleFrom = cloud.clock.now
        moved.receipt = nil
        moved.position = letters.nextSequence
        letters.nextSequence += 1
        save(letters)
        messages[queue.arn, "", message.id] = nil
        messages[letters.arn, "", moved.id] = moved
        wake(letters.arn)
        return true
    }

    private func value(_ message: Message, _ input: AWSValue) -> AWSValue {
        let wanted = Set(
            (input["AttributeNames"]?.strings ?? []) + (input["MessageSystemAttributeNames"]?.strings ?? []))
        let all: KeyValuePairs<String, String?> = [
            "SenderId": message.sender, "SentTimestamp": String(Int(message.sent * 1000)),
            "ApproximateReceiveCount": String(message.receiveCount),
            "ApproximateFirstReceiveTimestamp": message.firstReceived.map { String(Int($0 * 1000)) },
            "MessageGroupId": message.groupID, "MessageDeduplicationId": message.deduplicationID,
            "SequenceNumber": message.sequence,
        ]
        var system = AWSMap()
        for (key, value) in all where wanted.contains("All") || wanted.contains(key) {
            if let value { system[key] = .string(value) }
        }
        let names = input["MessageAttributeNames"]?.strings ?? []
        let attributes = AWSMap(
            (message.attributes?.map ?? [:]).filter { key, _ in
                names.contains {
                    $0 == "All" || $0 == ".*" || $0 == key || ($0.hasSuffix(".*") && key.hasPrefix($0.dropLast(2)))
                }
            }.map { ($0.key, $0.value) })
        return .structure([
            "MessageId": .string(message.id), "ReceiptHandle": message.receipt.map { .string($0) },
            "MD5OfBody": .string(Hex.encode(Digest.hash(Array(message.body.utf8), .md5))),
            "Body": .string(message.body), "Attributes": system.isEmpty ? nil : .map(system),
            "MD5OfMessageAttributes": attributes.isEmpty
                ? nil : .string(MessageDigest.md5(ofAttributes: .map(attributes))),
            "MessageAttributes": attributes.isEmpty ? nil : .map(attributes),
        ])
    }

    private func message(receipt: String, in queue: Queue) throws(ServiceError) -> Message? {
        let text = AWSModel.Base64.decode(receipt).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard text.contains(":") else {
            throw ServiceError(
                "ReceiptHandleIsInvalid", "The input receipt handle \"\(receipt)\" is not a valid receipt handle.",
                status: 400)
        }
        return messages[queue.arn, "", String(text.prefix { $0 != ":" })]
    }

    private func delete(_ receipt: String, from queue: Queue) throws(ServiceError) {
        guard let message = try message(receipt: receipt, in: queue) else { return }
        // A FIFO queue only takes the receipt of the last reading.
        if queue.isFIFO, message.receipt != receipt { return }
        messages[queue.arn, "", message.id] = nil
        wake(queue.arn)
    }

    func deleteMessage(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        try delete(input["ReceiptHandle"]?.string ?? "", from: queue)
        return [:]
    }

    func deleteMessageBatch(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        var done: [AWSValue] = []
        var failed: [AWSValue] = []
        for entry in try batch(input) {
            do {
                try delete(entry["ReceiptHandle"]?.string ?? "", from: queue)
                done.append(.structure(["Id": entry["Id"]]))
            } catch {
                failed.append(Self.failure(entry, error))
            }
        }
        return .structure(["Successful": .list(done), "Failed": failed.isEmpty ? nil : .list(failed)])
    }

    func changeMessageVisibility(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let queue = try existing(input, context)
        guard var message = try message(receipt: input["ReceiptHandle"]?.string ?? "", in: queue),
            message.visibleFrom > cloud.clock.now
        else {
            throw ServiceError(
                "MessageNotInflight", "The specified message isn't in flight.", status: 400,
                queryCode: "AWS.SimpleQueueService.MessageNotInflight")
        }
        message.visibleFrom = cloud.clock.now + (input["VisibilityTimeout"]?.double ?? 0)
        messages[queue.arn, "", message.id] = message
        wake(queue.arn)
        return [:]
    }
}
