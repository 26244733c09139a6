import AWSModel

/// What CodeBuild refuses of a project's settings, and of a build's that override them. The rules stand in the members'
/// documentation of the service's API.
enum ProjectRules {
    static let tags = TagRules("InvalidInputException")

    static func check(_ settings: AWSMap) throws(ServiceError) {
        try check(source: settings["source"], artifacts: settings["artifacts"])
        try checkSecondarySources(settings["secondarySources"])
        try checkSecondaryArtifacts(settings["secondaryArtifacts"])
        try checkCache(settings["cache"])
        try checkLogs(settings["logsConfig"])
        try checkTags(settings["tags"])
        try checkEnvironment(settings["environment"])
    }

    /// What a project, or a build with its overrides, builds and what it leaves.
    static func check(source: AWSValue?, artifacts: AWSValue?) throws(ServiceError) {
        guard let source, let type = source["type"]?.string else { throw invalid("source.type is missing") }
        try checkSource(source, type)
        try checkArtifacts(artifacts, source: type)
    }

    private static func checkSource(_ source: AWSValue, _ type: String) throws(ServiceError) {
        guard
            ["CODECOMMIT", "CODEPIPELINE", "S3", "NO_SOURCE", "GITHUB", "BITBUCKET", "GITHUB_ENTERPRISE", "GITLAB"]
                .contains(type)
        else { throw invalid("Invalid source type: \(type)") }
        if !["CODEPIPELINE", "NO_SOURCE"].contains(type), (source["location"]?.string ?? "").isEmpty {
            throw invalid("Source location is required for source type \(type)")
        }
        if type == "NO_SOURCE", (source["buildspec"]?.string ?? "").isEmpty {
            throw invalid("Invalid project source: buildspec is required for source type NO_SOURCE")
        }
        try checkReporting(source, type)
    }

    /// Only where there are pull requests to report to.
    private static func checkReporting(_ source: AWSValue, _ type: String) throws(ServiceError) {
        guard source["reportBuildStatus"]?.bool == true,
            !type.hasPrefix("GITHUB"), !type.hasPrefix("GITLAB"), type != "BITBUCKET"
        else { return }
        throw invalid("Invalid input: reportBuildStatus is not supported for source type \(type)")
    }

    static func checkSecondarySources(_ sources: AWSValue?) throws(ServiceError) {
        for source in sources?.list ?? [] {
            let type = source["type"]?.string ?? ""
            guard type != "CODEPIPELINE" else {
                throw invalid("Invalid input: sourceType \(type) is not allowed for secondarySources")
            }
            try checkReporting(source, type)
        }
        try checkIdentifiers(sources, "sourceIdentifier", of: "secondarySources")
    }

    private static func checkArtifacts(_ artifacts: AWSValue?, source: String) throws(ServiceError) {
        let type = artifacts?["type"]?.string ?? ""
        guard (source == "CODEPIPELINE") == (type == "CODEPIPELINE") else {
            throw invalid("Invalid artifacts: artifact type and source type must both be CODEPIPELINE, or neither")
        }
        try checkPlace(of: artifacts, type)
    }

    static func checkSecondaryArtifacts(_ artifacts: AWSValue?) throws(ServiceError) {
        for one in artifacts?.list ?? [] {
            let type = one["type"]?.string ?? ""
            guard type != "CODEPIPELINE" else {
                throw invalid("Invalid input: artifactType \(type) is not allowed for secondaryArtifacts")
            }
            try checkPlace(of: one, type)
        }
        try checkIdentifiers(artifacts, "artifactIdentifier", of: "secondaryArtifacts")
    }

    private static func checkPlace(of artifacts: AWSValue?, _ type: String) throws(ServiceError) {
        if type == "S3", (artifacts?["location"]?.string ?? "").isEmpty {
            throw invalid("Invalid artifacts: location is required for artifact type S3")
        }
        if type != "S3", artifacts?["encryptionDisabled"]?.bool == true {
            throw invalid("Invalid artifacts: encryptionDisabled can only be set for artifact type S3, not for \(type)")
        }
    }

    private static func checkIdentifiers(
        _ list: AWSValue?, _ member: String, of name: String
    ) throws(ServiceError) {
        var known: Set<String> = []
        for item in list?.list ?? [] {
            let identifier = item[member]?.string ?? ""
            guard PipelineNames.isSimple(identifier, limit: 127), !identifier.contains(where: { ".-".contains($0) })
            else {
                throw invalid(
                    "Invalid input: identifier must contain only alphanumeric characters and underscores and be less than 128 characters in length: \"\(identifier)\""
                )
            }
            guard known.insert(identifier).inserted else {
                throw invalid("Invalid input: \(member) must be unique in \(name), and \(identifier) is given twice")
            }
        }
    }

    static func checkCache(_ cache: AWSValue?) throws(ServiceError) {
        switch cache?["type"]?.string {
        case "S3" where (cache?["location"]?.string ?? "").isEmpty:
            throw invalid("Invalid cache: location is required for cache type S3")
        case "LOCAL" where (cache?["modes"]?.list ?? []).isEmpty:
            throw invalid("Invalid cache: at least one mode is required for cache type LOCAL")
        default: break
        }
    }

    static func checkLogs(_ logs: AWSValue?) throws(ServiceError) {
        guard let s3 = logs?["s3Logs"], s3["status"]?.string == "ENABLED", (s3["location"]?.string ?? "").isEmpty
        else { return }
        throw invalid("Invalid logsConfig: location is required when s3Logs are enabled")
    }

    /// Letters, digits and spaces of any script, and `_.:/=@+-`.
    static func checkTags(_ value: AWSValue?) throws(ServiceError) {
        let tags = [Tag](value, key: "key", value: "value")
        for text in tags.flatMap({ [$0.key, $0.value] }) {
            let fits = text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .spaceSeparator,
                    .lineSeparator, .paragraphSeparator, .decimalNumber, .letterNumber, .otherNumber:
                    true
                default: "_.:/=@+-".unicodeScalars.contains(scalar)
                }
            }
            guard fits else {
                throw invalid("Invalid tag: '\(text)' has characters other than letters, digits, spaces and _.:/=@+-")
            }
        }
        try Self.tags.check(tags)
    }

    private static func checkEnvironment(_ environment: AWSValue?) throws(ServiceError) {
        let type = environment?["type"]?.string ?? ""
        guard !type.hasPrefix("WINDOWS") else {
            throw invalid("The local cloud runs builds on Linux only; environment type is \(type)")
        }
        let image = environment?["image"]?.string ?? ""
        guard !image.hasPrefix("aws/codebuild/") || environment?["imagePullCredentialsType"]?.string != "SERVICE_ROLE"
        else {
            throw invalid("Invalid environment: an image of CodeBuild's own takes imagePullCredentialsType CODEBUILD")
        }
    }

    static func checkExport(_ config: AWSValue?) throws(ServiceError) {
        guard config?["exportConfigType"]?.string == "S3", (config?["s3Destination"]?["bucket"]?.string ?? "").isEmpty
        else { return }
        throw invalid("Invalid exportConfig: s3Destination with a bucket is required for exportConfigType S3")
    }

    private static func invalid(_ message: String) -> ServiceError { CodeBuildService.invalid(message) }
}
