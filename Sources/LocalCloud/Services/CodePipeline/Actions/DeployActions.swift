import AWSModel

/// A CodeDeploy deployment of the input artifact, followed to its end.
enum CodeDeployAction: ActionProvider {
    static func run(_ context: ActionContext) async throws {
        let deployments = context.cloud.service(CodeDeployService.self)
        let application = context.configuration["ApplicationName"] ?? ""
        let group = context.configuration["DeploymentGroupName"] ?? ""
        if context.record?.externalID == nil {
            guard let name = context.action.inputs.first else { return }
            let place = try context.input(name).place
            let revision: AWSValue = [
                "revisionType": "S3",
                "s3Location": ["bucket": .string(place.bucket), "key": .string(place.key), "bundleType": "zip"],
            ]
            _ = try await context.call("codedeploy", "GetApplication", ["applicationName": .string(application)])
            try await context.storage.check(place)
            let registration: AWSValue = ["applicationName": .string(application), "revision": revision]
            _ = try await context.call("codedeploy", "RegisterApplicationRevision", registration)
            _ = try await context.call("codedeploy", "GetApplicationRevision", registration)
            let answer = try await context.call(
                "codedeploy", "CreateDeployment",
                [
                    "applicationName": .string(application), "deploymentGroupName": .string(group),
                    "revision": revision,
                    "description": "Deployment started by AWS CodePipeline",
                ])
            let id = answer["deploymentId"]?.string ?? ""
            let made = try await context.call("codedeploy", "GetDeployment", ["deploymentId": .string(id)])
            _ = try await context.call(
                "codedeploy", "GetDeploymentConfig",
                ["deploymentConfigName": made["deploymentInfo"]?["deploymentConfigName"] ?? .null])
            context.note {
                $0.externalID = id
                $0.externalURL =
                    "https://console.aws.amazon.com/codedeploy/home?region=\(context.region)#/deployments/\(id)"
            }
        }
        guard let id = context.record?.externalID else { return }
        let status = try await deployments.wait(for: id, account: context.key.account, region: context.region)
        try Task.checkCancellation()
        _ = try await context.call("codedeploy", "GetDeployment", ["deploymentId": .string(id)])
        guard status == .succeeded else { throw ActionFailure("JobFailed", "Deployment \(id) failed") }
        context.note {
            $0.summary = "Deployment Succeeded"
            $0.variables = ["DeploymentId": id]
        }
    }
}

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
            _ = try await Task.detached { try BundleReader.unpack(archive, into: content) }.value
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
        "html": "text/html", "htm": "text/html", "css": "text/css", "js": "application/javascript",
        "json": "application/json",
        "txt": "text/plain", "xml": "application/xml", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
        "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "ico": "image/x-icon", "pdf": "application/pdf",
        "zip": "application/zip", "woff2": "font/woff2", "wasm": "application/wasm", "map": "application/json",
    ]

    static func of(_ file: String) -> String {
        known[file.split(separator: ".").last.map { $0.lowercased() } ?? ""] ?? "application/octet-stream"
    }
}
