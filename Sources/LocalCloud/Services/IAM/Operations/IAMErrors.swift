extension ServiceError {
    static func noSuchEntity(_ message: String) -> ServiceError { ServiceError("NoSuchEntity", message, status: 404) }
    static func alreadyExists(_ message: String) -> ServiceError {
        ServiceError("EntityAlreadyExists", message, status: 409)
    }
    static func deleteConflict(_ message: String) -> ServiceError {
        ServiceError("DeleteConflict", message, status: 409)
    }
    static func limitExceeded(_ message: String) -> ServiceError { ServiceError("LimitExceeded", message, status: 409) }
    static func invalidIAMInput(_ message: String) -> ServiceError {
        ServiceError("ValidationError", message, status: 400)
    }
}

/// Names as IAM accepts them.
enum IAMName {
    /// - Throws: ``ServiceError`` `ValidationError`.
    static func check(_ name: String, member: String, limit: Int) throws(ServiceError) {
        let isAllowed =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                    || "+=,.@_-".utf8.contains(byte)
            }
        guard isAllowed else {
            throw .invalidIAMInput(
                "The specified value for \(member) is invalid. It must contain only alphanumeric characters and/or the "
                    + "following: +=,.@_-")
        }
        guard name.utf8.count <= limit else {
            throw .invalidIAMInput(ValidationText.one(member, must: .greatestLength(Int64(limit))))
        }
    }

    /// - Throws: ``ServiceError`` `ValidationError`.
    static func checkPath(_ path: String) throws(ServiceError) {
        guard path.hasPrefix("/"), path.hasSuffix("/") else {
            throw .invalidIAMInput(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
                    + "characters and/or / characters.")
        }
    }
}
