import AWSModel

struct MultipartUpload: Codable, Sendable {
    struct Part: Codable, Sendable {
        var number: Int
        var file: String
        var size: Int64
        var etag: String
        var modified: Double
        var checksums: [String: String] = [:]
    }

    var id: String
    var bucket: String
    var key: String
    var initiated: Double
    var headers: AWSValue
    var tags: [Tag]
    var checksumAlgorithm: String?
    var checksumType: String?
    var parts: [Int: Part] = [:]
}
