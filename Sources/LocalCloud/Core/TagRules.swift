/// What AWS takes as a resource's tags: each key once, none of AWS's own, at most fifty.
///
/// From "Tag naming limits and requirements" of the guide to tagging AWS resources
/// (docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html), which every service's own page repeats. What refuses
/// is each service's own error.
struct TagRules: Sendable {
    static let limit = 50
    /// What AWS keeps for itself, in letters of either case.
    static let reserved = "aws:"

    /// The error's code for a key that is given twice.
    let duplicate: String
    /// For a key of AWS's own.
    let reserved: String
    /// For more than ``limit`` tags on a resource.
    let tooMany: String

    /// For a service that has the one code for all three.
    init(_ code: String) { self.init(duplicate: code, reserved: code, tooMany: code) }

    init(duplicate: String, reserved: String, tooMany: String) {
        (self.duplicate, self.reserved, self.tooMany) = (duplicate, reserved, tooMany)
    }

    /// Refuses tags that a resource with the tags `present` cannot be given in one call.
    func check(_ given: [Tag], over present: [Tag] = []) throws(ServiceError) {
        var keys: Set<String> = []
        for tag in given {
            guard !Self.isReserved(tag.key) else {
                throw ServiceError(
                    reserved, "Tag keys starting with '\(Self.reserved)' are reserved for internal use: \(tag.key)")
            }
            guard keys.insert(tag.key).inserted else {
                throw ServiceError(duplicate, "Tag keys must be unique, and \(tag.key) is given more than once")
            }
        }
        // AWS's own tags do not count.
        keys.formUnion(present.lazy.map(\.key).filter { !Self.isReserved($0) })
        guard keys.count <= Self.limit else {
            throw ServiceError(tooMany, "A resource can have at most \(Self.limit) tags, and would have \(keys.count)")
        }
    }

    static func isReserved(_ key: String) -> Bool { key.lowercased().hasPrefix(reserved) }
}
