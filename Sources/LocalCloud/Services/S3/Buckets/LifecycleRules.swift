import AWSModel

/// What S3 refuses of a bucket's lifecycle rules before it keeps them.
///
/// From "Lifecycle configuration elements" and "Transitioning objects using Amazon S3 Lifecycle" of the S3 user guide, and
/// the members' documentation in the model.
enum LifecycleRules {
    private static let most = 1000
    private static let longestID = 255
    /// How old objects are at least that these classes take.
    private static let leastDays = ["STANDARD_IA": 30, "ONEZONE_IA": 30]

    static func check(_ configuration: AWSValue) throws(ServiceError) {
        let rules = configuration["Rules"]?.list ?? []
        guard !rules.isEmpty else { throw .malformedXML }
        guard rules.count <= most else {
            throw invalidRequest("The number of lifecycle rules must not exceed the allowed limit of \(most) rules")
        }
        var ids: Set<String> = []
        for rule in rules {
            if let id = rule["ID"]?.string, !id.isEmpty {
                guard id.unicodeScalars.count <= longestID else {
                    throw .invalidArgument("ID length should not exceed allowed limit of \(longestID)", "ID")
                }
                guard ids.insert(id).inserted else {
                    throw .invalidArgument("Rule ID must be unique. Found same ID for more than one rule", "ID")
                }
            }
            try check(rule: rule)
        }
    }

    private static func check(rule: AWSValue) throws(ServiceError) {
        guard (rule["Prefix"] == nil) != (rule["Filter"] == nil) else { throw .malformedXML }
        try check(filter: rule["Filter"] ?? [:])
        let actions = [
            "Expiration", "Transitions", "NoncurrentVersionExpiration", "NoncurrentVersionTransitions",
            "AbortIncompleteMultipartUpload",
        ]
        guard actions.contains(where: { !isEmpty(rule[$0]) }) else {
            throw invalidRequest("At least one action needs to be specified in a rule")
        }
        try check(expiration: rule["Expiration"], rule)
        try check(transitions: rule["Transitions"]?.list ?? [], rule)
        try checkNoncurrent(rule)
        if let abort = rule["AbortIncompleteMultipartUpload"] {
            try positive(
                abort["DaysAfterInitiation"], "DaysAfterInitiation", of: "AbortIncompleteMultipartUpload action")
            guard !hasTags(rule) else {
                throw invalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags.")
            }
        }
    }

    /// One condition, or several in And.
    private static func check(filter: AWSValue) throws(ServiceError) {
        let members = ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"]
        guard members.count(where: { filter[$0] != nil }) <= 1 else { throw .malformedXML }
        guard let and = filter["And"] else { return }
        let conditions =
            members.dropLast().count { and[$0] != nil } + (and["Tags"]?.list?.count ?? 0)
        guard conditions > 1 else { throw .malformedXML }
        let tags = [Tag](and["Tags"]).map(\.key)
        guard Set(tags).count == tags.count else {
            throw invalidRequest("Duplicate Tag Keys are not allowed.")
        }
        if let least = and["ObjectSizeGreaterThan"]?.int, let most = and["ObjectSizeLessThan"]?.int, least >= most {
            throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
        }
    }

    private static func check(expiration: AWSValue?, _ rule: AWSValue) throws(ServiceError) {
        guard let expiration else { return }
        guard ["Days", "Date", "ExpiredObjectDeleteMarker"].count(where: { expiration[$0] != nil }) == 1 else {
            throw .malformedXML
        }
        if expiration["Days"] != nil { try positive(expiration["Days"], "Days", of: "Expiration action") }
        try checkDate(expiration)
        if expiration["ExpiredObjectDeleteMarker"]?.bool == true, hasTags(rule) {
            throw invalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags.")
        }
    }

    private static func check(transitions: [AWSValue], _ rule: AWSValue) throws(ServiceError) {
        var classes: Set<String> = []
        for transition in transitions {
            guard let target = transition["StorageClass"]?.string,
                (transition["Days"] == nil) != (transition["Date"] == nil)
            else { throw .malformedXML }
            guard classes.insert(target).inserted else {
                throw invalidRequest(
                    "'StorageClass' must be different for 'Transition' actions in same 'Rule' with prefix '\(prefix(rule))'"
                )
            }
            try checkDate(transition)
            guard let days = transition["Days"]?.int else { continue }
            guard days >= 0 else {
                throw .invalidArgument("'Days' in Transition action must be nonnegative", "Days")
            }
            guard days >= leastDays[target] ?? 0 else {
                throw .invalidArgument(
                    "'Days' in Transition action must be greater than or equal to \(leastDays[target] ?? 0) for storageClass '\(target)'",
                    "Days")
            }
            guard let end = rule["Expiration"]?["Days"]?.int else { continue }
            guard end > days else {
                throw .invalidArgument(
                    "'Days' in the Expiration action for prefix '\(prefix(rule))' must be greater than 'Days' in the Transition action",
                    "Days")
            }
        }
    }

    private static func checkNoncurrent(_ rule: AWSValue) throws(ServiceError) {
        if let expiration = rule["NoncurrentVersionExpiration"] {
            try positive(
                expiration["NoncurrentDays"], "NoncurrentDays", of: "NoncurrentVersionExpiration action")
            try check(newer: expiration)
        }
        for transition in rule["NoncurrentVersionTransitions"]?.list ?? [] {
            guard let target = transition["StorageClass"]?.string, let days = transition["NoncurrentDays"]?.int else {
                throw .malformedXML
            }
            guard days >= leastDays[target] ?? 0 else {
                throw .invalidArgument(
                    "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to \(leastDays[target] ?? 0) for storageClass '\(target)'",
                    "NoncurrentDays")
            }
            try check(newer: transition)
        }
    }

    private static func check(newer action: AWSValue) throws(ServiceError) {
        guard let kept = action["NewerNoncurrentVersions"]?.int, !(1...100).contains(kept) else { return }
        throw .invalidArgument("'NewerNoncurrentVersions' must be between 1 and 100", "NewerNoncurrentVersions")
    }

    private static func positive(_ value: AWSValue?, _ name: String, of action: String) throws(ServiceError) {
        guard let days = value?.int else { throw .malformedXML }
        guard days > 0 else { throw .invalidArgument("'\(name)' for \(action) must be a positive integer", name) }
    }

    private static func checkDate(_ action: AWSValue) throws(ServiceError) {
        guard let date = action["Date"]?.double, date.truncatingRemainder(dividingBy: 86400) != 0 else { return }
        throw .invalidArgument("'Date' must be at midnight GMT", "Date")
    }

    private static func hasTags(_ rule: AWSValue) -> Bool {
        rule["Filter"]?["Tag"] != nil || !(rule["Filter"]?["And"]?["Tags"]?.list ?? []).isEmpty
    }

    private static func prefix(_ rule: AWSValue) -> String {
        rule["Prefix"]?.string ?? rule["Filter"]?["Prefix"]?.string ?? rule["Filter"]?["And"]?["Prefix"]?.string ?? ""
    }

    private static func isEmpty(_ value: AWSValue?) -> Bool {
        value?.list?.isEmpty ?? value?.map?.isEmpty ?? true
    }

    private static func invalidRequest(_ message: String) -> ServiceError {
        ServiceError("InvalidRequest", message, status: 400)
    }
}
