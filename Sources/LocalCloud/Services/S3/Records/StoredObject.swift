import AWSModel

/// A key of a bucket with its versions, newest first. Without versioning there is one, with the id "null".
struct StoredObject: Codable, Sendable {
    var key: String
    var versions: [ObjectVersion]

    /// What a reader without a version id gets; a delete marker hides the rest.
    var current: ObjectVersion? { versions.first }
}

struct ObjectVersion: Codable, Sendable {
    static let null = "null"

    var id: String
    var isDeleteMarker = false
    /// The payload's file below the objects folder.
    var file: String?
    var size: Int64 = 0
    /// With quotes, as the API has it.
    var etag = ""
    var modified: Double
    /// Members of PutObject's input that come back as headers: ContentType, CacheControl, Metadata, …
    var headers = AWSValue.map([:])
    var tags: [Tag] = []
    /// ChecksumCRC32, … and ChecksumType.
    var checksums: [String: String] = [:]
    /// Sizes of the parts of a multipart upload.
    var parts: [Int64] = []

    /// S3 tells whole seconds.
    var modifiedSecond: Double { modified.rounded(.down) }
}
