import AWSModel

struct LogGroup: Codable, Sendable {
    var name: String
    var arn: String
    /// Milliseconds, as everything in this API.
    var created: Int64
    var retention: Int?
    var keyID: String?
    var tags: [Tag] = []
    var storedBytes: Int64 = 0
    var logClass = "STANDARD"
    var isProtected: Bool?
}

struct LogStream: Codable, Sendable {
    var name: String
    var arn: String
    var created: Int64
    var firstEvent: Int64?
    var lastEvent: Int64?
    var lastIngestion: Int64?
    var count = 0
    /// Sets this stream's events apart from those of an earlier one of the same name.
    var id: String

    var value: AWSValue {
        .structure([
            "logStreamName": .string(name), "creationTime": .integer(created),
            "firstEventTimestamp": firstEvent.map { .integer($0) },
            "lastEventTimestamp": lastEvent.map { .integer($0) },
            "lastIngestionTime": lastIngestion.map { .integer($0) },
            "uploadSequenceToken": .string("4903985401"), "arn": .string(arn), "storedBytes": 0,
        ])
    }
}

struct LogEvent: Codable, Sendable {
    var timestamp: Int64
    var ingestion: Int64
    var message: String
}

/// Events of a stream, in pieces that stay small enough to be written again for each line that comes.
struct LogChunk: Codable, Sendable {
    static let capacity = 64
    var events: [LogEvent]
}
