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
    /// For keys of other than 1 to 128 characters and values of more than 256, where they are refused here: for a service
    /// whose lengths are not checked by its model.
    let lengths: String?

    /// For a service that has the one code for all three.
    init(_ code: String, checksLengths: Bool = false) {
        self.init(duplicate: code, reserved: code, tooMany: code, lengths: checksLengths ? code : nil)
    }

    init(duplicate: String, reserved: String, tooMany: String, lengths: String? = nil) {
        (self.duplicate, self.reserved, self.tooMany) = (duplicate, reserved, tooMany)
        self.lengths = lengths
    }

    /// What is wrong with tags, for services that have words of their own for it.
    enum Fault: Sendable, Equatable {
        case duplicate(key: String)
        case reserved(key: String)
        /// How many tags the resource would have.
        case tooMany(Int)
    }

    /// What is wrong with tags of the keys `given` for a resource with tags of the keys `present`; nil when nothing is.
    static func fault(_ given: [String], over present: [String] = []) -> Fault? {
        var keys: Set<String> = []
        for key in given {
            if isReserved(key) { return .reserved(key: key) }
            if !keys.insert(key).inserted { return .duplicate(key: key) }
        }
        // AWS's own tags do not count.
        keys.formUnion(present.lazy.filter { !isReserved($0) })
        return keys.count > limit ? .tooMany(keys.count) : nil
    }

    /// Refuses tags that a resource with the tags `present` cannot be given in one call.
    func check(_ given: [Tag], over present: [Tag] = []) throws(ServiceError) {
        if let lengths { for tag in given { try Self.checkLengths(tag, code: lengths) } }
        switch Self.fault(given.map(\.key), over: present.map(\.key)) {
        case .reserved(let key):
            throw ServiceError(
                reserved, "Tag keys starting with '\(Self.reserved)' are reserved for internal use: \(key)")
        case .duplicate(let key):
            throw ServiceError(duplicate, "Tag keys must be unique, and \(key) is given more than once")
        case .tooMany(let count):
            throw ServiceError(tooMany, "A resource can have at most \(Self.limit) tags, and would have \(count)")
        case nil: return
        }
    }

    private static func checkLengths(_ tag: Tag, code: String) throws(ServiceError) {
        guard (1...128).contains(tag.key.unicodeScalars.count) else {
            throw ServiceError(code, "A tag's key needs 1 to 128 characters")
        }
        guard tag.value.unicodeScalars.count <= 256 else {
            throw ServiceError(code, "The value of the tag \(tag.key) has more than 256 characters")
        }
    }

    static func isReserved(_ key: String) -> Bool { key.lowercased().hasPrefix(reserved) }
}
