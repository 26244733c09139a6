import AWSModel

extension LogsService {
    func putLogEvents(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try group(input, context)
        var stream = try stream(input, group, context)
        let now = milliseconds
        let given = input["logEvents"]?.list ?? []
        try Self.check(batch: given)
        var tooOld = 0
        var tooNew: Int?
        var accepted: [LogEvent] = []
        var previous: Int64 = .min
        for (at, event) in given.enumerated() {
            let timestamp = event["timestamp"]?.integer ?? 0
            guard timestamp >= previous else {
                throw ServiceError(
                    "InvalidParameterException",
                    "Log events in a single PutLogEvents request must be in chronological order.")
            }
            previous = timestamp
            if timestamp < now - 14 * 86_400_000 {
                tooOld = at + 1
            } else if timestamp > now + 7_200_000 {
                tooNew = tooNew ?? at
            } else {
                accepted.append(
                    LogEvent(timestamp: timestamp, ingestion: now, message: event["message"]?.string ?? ""))
            }
        }
        append(accepted, to: &stream)
        stream.lastIngestion = now
        if let first = accepted.first { stream.firstEvent = min(stream.firstEvent ?? first.timestamp, first.timestamp) }
        if let last = accepted.last { stream.lastEvent = max(stream.lastEvent ?? last.timestamp, last.timestamp) }
        streams[context.account, context.region, streamKey(group.name, stream.name)] = stream
        group.storedBytes += accepted.reduce(0) { $0 + Int64($1.message.utf8.count) + 26 }
        groups[context.account, context.region, group.name] = group
        let rejected: AWSValue = .structure([
            "tooNewLogEventStartIndex": tooNew.map { .integer(Int64($0)) },
            "tooOldLogEventEndIndex": tooOld > 0 ? .integer(Int64(tooOld)) : nil,
        ])
        return .structure([
            "nextSequenceToken": "4903985401", "rejectedLogEventsInfo": tooOld > 0 || tooNew != nil ? rejected : nil,
        ])
    }

    /// From the documentation of PutLogEvents: no more than a mebibyte, 26 bytes for each event beside its message, and
    /// events of one day.
    private static func check(batch events: [AWSValue]) throws(ServiceError) {
        let largest = 1 << 20
        let size = events.reduce(0) { $0 + ($1["message"]?.string ?? "").utf8.count + 26 }
        guard size <= largest else {
            throw ServiceError(
                "InvalidParameterException", "Upload too large: \(size) bytes exceeds limit of \(largest)")
        }
        guard let first = events.first?["timestamp"]?.integer, let last = events.last?["timestamp"]?.integer,
            last - first > 86_400_000
        else { return }
        throw ServiceError(
            "InvalidParameterException",
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    }

    private func append(_ events: [LogEvent], to stream: inout LogStream) {
        var rest = events[...]
        while !rest.isEmpty {
            let number = String(stream.count / LogChunk.capacity)
            var chunk = chunks[stream.id, "", number] ?? LogChunk(events: [])
            let taken = rest.prefix(LogChunk.capacity - chunk.events.count)
            chunk.events += taken
            chunks[stream.id, "", number] = chunk
            stream.count += taken.count
            rest = rest.dropFirst(taken.count)
        }
    }

    func getLogEvents(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try oneGroup(input, context)
        let stream = try stream(input, group, context)
        let all = ordered(events(of: stream)).filter { inRange($0, input) }
        let limit = min(max(1, input["limit"]?.int ?? 10000), 10000)
        var start = 0
        var end = all.count
        if let token = input["nextToken"]?.string {
            guard let place = LogToken(token) else {
                throw ServiceError("InvalidParameterException", "The specified nextToken is invalid.")
            }
            if place.isForward {
                start = min(place.position, all.count)
                end = min(all.count, start + limit)
            } else {
                end = min(place.position, all.count)
                start = max(0, end - limit)
            }
        } else if input["startFromHead"]?.bool ?? false {
            end = min(all.count, limit)
        } else {
            start = max(0, all.count - limit)
        }
        return .map([
            "events": .list(
                all[start..<end].map {
                    [
                        "timestamp": .integer($0.timestamp), "message": .string($0.message),
                        "ingestionTime": .integer($0.ingestion),
                    ]
                }), "nextForwardToken": .string(LogToken(isForward: true, position: end).text),
            "nextBackwardToken": .string(LogToken(isForward: false, position: start).text),
        ])
    }

    private func ordered(_ events: [LogEvent]) -> [LogEvent] {
        let isOrdered = zip(events, events.dropFirst()).allSatisfy { $0.timestamp <= $1.timestamp }
        guard !isOrdered else { return events }
        return events.enumerated().sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
            .map(\.element)
    }

    private func inRange(_ event: LogEvent, _ input: AWSValue) -> Bool {
        event.timestamp >= input["startTime"]?.integer ?? .min && event.timestamp < input["endTime"]?.integer ?? .max
    }

    func filterLogEvents(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try oneGroup(input, context)
        let names = input["logStreamNames"]?.strings
        let prefix = input["logStreamNamePrefix"]?.string
        if names != nil, prefix != nil {
            throw ServiceError(
                "InvalidParameterException", "logStreamNamePrefix and logStreamNames are mutually exclusive.")
        }
        if let missing = names?.first(where: {
            streams[context.account, context.region, streamKey(group.name, $0)] == nil
        }) {
            throw ServiceError(
                "ResourceNotFoundException", "The specified log stream does not exist: \(missing)")
        }
        let pattern = try LogFilterPattern(input["filterPattern"]?.string ?? "")
        var found: [(stream: String, event: LogEvent, id: String)] = []
        for stream in streams(of: group.name, context) {
            guard names?.contains(stream.name) ?? true, prefix.map(stream.name.hasPrefix) ?? true else { continue }
            for (at, event) in events(of: stream).enumerated()
            where inRange(event, input) && pattern.matches(event.message) {
                found.append((stream.name, event, Self.eventID(event.timestamp, stream.id, at)))
            }
        }
        found.sort { ($0.event.timestamp, $0.id) < ($1.event.timestamp, $1.id) }
        let (page, next) = try Page.of(
            found, token: input["nextToken"]?.string, limit: min(input["limit"]?.int ?? 10000, 10000),
            invalidToken: "InvalidParameterException")
        return .structure([
            "events": .list(
                page.map {
                    [
                        "logStreamName": .string($0.stream), "timestamp": .integer($0.event.timestamp),
                        "message": .string($0.event.message), "ingestionTime": .integer($0.event.ingestion),
                        "eventId": .string($0.id),
                    ]
                }), "searchedLogStreams": [], "nextToken": next.map { .string($0) },
        ])
    }

    private static func eventID(_ timestamp: Int64, _ stream: String, _ at: Int) -> String {
        let place = String(at)
        return "\(timestamp)\(String(repeating: "0", count: max(0, 8 - place.count)))\(place)\(stream)"
    }
}

/// Where a reader of a stream is: before an event (`b/`) or after one (`f/`).
struct LogToken {
    let isForward: Bool
    let position: Int

    init(isForward: Bool, position: Int) {
        self.isForward = isForward
        self.position = position
    }

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 3, parts[0] == "f" || parts[0] == "b", parts[2] == "s", let position = Int(parts[1]),
            position >= 0
        else { return nil }
        isForward = parts[0] == "f"
        self.position = position
    }

    var text: String {
        let digits = String(position)
        return "\(isForward ? "f" : "b")/\(String(repeating: "0", count: max(0, 56 - digits.count)))\(digits)/s"
    }
}
