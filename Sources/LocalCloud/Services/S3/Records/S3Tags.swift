/// What S3 takes as tags of a bucket or an object.
///
/// From "Categorizing your objects using tags" and "Using cost allocation S3 bucket tags" of the S3 user guide.
enum S3Tags {
    static let mostOfObject = 10

    /// - Parameter most: how many the thing can have.
    static func check(_ tags: [Tag], most: Int, of noun: String) throws(ServiceError) {
        guard tags.count <= most else {
            throw ServiceError("BadRequest", "\(noun) tags cannot be greater than \(most)", status: 400)
        }
        var keys: Set<String> = []
        for tag in tags {
            guard !TagRules.isReserved(tag.key) else {
                throw invalid("System tags cannot be added/updated by requester", tag)
            }
            guard (1...128).contains(tag.key.utf16.count), isPlain(tag.key) else {
                throw invalid("The TagKey you have provided is invalid", tag)
            }
            guard tag.value.utf16.count <= 256, isPlain(tag.value) else {
                throw ServiceError(
                    "InvalidTag", "The TagValue you have provided is invalid", status: 400,
                    fields: ["TagKey": .string(tag.key), "TagValue": .string(tag.value)])
            }
            guard keys.insert(tag.key).inserted else {
                throw invalid("Cannot provide multiple Tags with the same key", tag)
            }
        }
    }

    /// Letters, digits and spaces of any script, and `_ . : / = + - @`.
    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar.properties.isWhitespace
                || "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }

    private static func invalid(_ message: String, _ tag: Tag) -> ServiceError {
        ServiceError("InvalidTag", message, status: 400, fields: ["TagKey": .string(tag.key)])
    }
}
