extension ServiceError {
    static func noSuchBucket(_ name: String) -> ServiceError {
        ServiceError(
            "NoSuchBucket", "The specified bucket does not exist", status: 404, fields: ["BucketName": .string(name)])
    }
    static func noSuchKey(_ key: String) -> ServiceError {
        ServiceError("NoSuchKey", "The specified key does not exist.", status: 404, fields: ["Key": .string(key)])
    }
    static func noSuchVersion(_ key: String, _ version: String) -> ServiceError {
        ServiceError(
            "NoSuchVersion", "The specified version does not exist.", status: 404,
            fields: ["Key": .string(key), "VersionId": .string(version)])
    }
    static let deleteMarkerRead = ServiceError(
        "MethodNotAllowed", "The specified method is not allowed against this resource.", status: 405,
        fields: ["ResourceType": "DeleteMarker"])
    static let preconditionFailed = ServiceError(
        "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", status: 412)
    static let notModified = ServiceError("304", "Not Modified", status: 304)
    static let noSuchUpload = ServiceError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            + "completed.", status: 404)
    static func invalidArgument(_ message: String, _ name: String) -> ServiceError {
        ServiceError("InvalidArgument", message, status: 400, fields: ["ArgumentName": .string(name)])
    }
    static func metadataTooLarge(_ size: Int) -> ServiceError {
        ServiceError(
            "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", status: 400,
            fields: ["Size": .string(String(size)), "MaxSizeAllowed": "2048"])
    }
    static let malformedXML = ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema", status: 400)
}
