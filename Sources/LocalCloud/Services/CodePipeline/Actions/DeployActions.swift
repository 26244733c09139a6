import AWSModel

/// The input artifact copied into a bucket, whole or file by file.
enum S3Deploy: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        guard let name = context.action.inputs.first else { return }
        let bucket = context.configuration["BucketName"] ?? ""
        let objectKey = context.configuration["ObjectKey"] ?? ""
        let place = try context.input(name).place
        let extracts = context.configuration["Extract"]?.lowercased() == "true"
        guard extracts || !objectKey.isEmpty else {
            throw ActionFailure("ConfigurationError", "ObjectKey is required when Extract is false")
        }
        var extra: AWSMap = [:]
        if let acl = context.configuration["CannedACL"] { extra["ACL"] = .string(acl) }
        if let control = context.configuration["CacheControl"] { extra["CacheControl"] = .string(control) }
        let headers = extra
        let encryption = context.configuration["KMSEncryptionKeyARN"]
        try await context.withFolder { folder in
            let archive = folder + "/input.zip"
            try await context.storage.fetch(place, to: archive)
            guard extracts else {
                try await context.storage.store(
                    archive, at: S3Place(bucket: bucket, key: objectKey), encryptionKey: encryption, extra: headers)
                return
            }
            let content = folder + "/content"
            try BundleFiles.makeDirectories(content)
            try await Task.detached { try BundleReader.unpack(archive, into: content) }.value
            for file in BundleFiles.files(below: content) {
                guard let path = SafePath.existing(file, below: content) else { continue }
                try await context.storage.store(
                    path, at: S3Place(bucket: bucket, key: objectKey.isEmpty ? file : "\(objectKey)/\(file)"),
                    encryptionKey: encryption, contentType: ContentType.of(file), extra: headers)
            }
        }
        context.note { $0.summary = "Deployment Succeeded" }
    }
}

/// The content type that a file's name stands for: what a site that is served from a bucket needs.
enum ContentType {
    private static let known = [
        "html": "text/html", "htm": "text/html", "css": "text/css", "js": "application/javascript", "json": "application/json",
        "txt": "text/plain", "xml": "application/xml", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
        "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "ico": "image/x-icon", "pdf": "application/pdf",
        "zip": "application/zip", "woff2": "font/woff2", "wasm": "application/wasm", "map": "application/json",
    ]

    static func of(_ file: String) -> String {
        known[file.split(separator: ".").last.map { $0.lowercased() } ?? ""] ?? "application/octet-stream"
    }
}
