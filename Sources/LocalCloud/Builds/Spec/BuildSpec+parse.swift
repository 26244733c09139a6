import Yams

extension BuildSpec {
    /// Reads a buildspec as the build agent does: unknown keys of the top level are ignored, wrong types are not.
    init(yaml text: String) throws(BuildSpecError) {
        let root = try YAMLReader.root(of: text)
        guard let version = root["version"]?.text else {
            throw BuildSpecError("YAML_FILE_ERROR: the buildspec has no version: write \"version: 0.2\" at its top")
        }
        guard ["0.2", "0.1"].contains(version) else {
            throw BuildSpecError("Invalid buildspec version: \(version), expected 0.1 or 0.2")
        }
        self.version = version
        runAs = try root["run-as"]?.requiredText()
        if let env = root["env"] { try readEnvironment(env) }
        if let proxy = root["proxy"] {
            for (name, node) in try proxy.entries() {
                guard ["upload-artifacts", "logs"].contains(name) else {
                    throw BuildSpecError("Invalid key \(name) of proxy, expected upload-artifacts or logs")
                }
                if try node.requiredFlag(name) { proxied.append(name) }
            }
        }
        if let phases = root["phases"] {
            for (name, node) in try phases.entries() {
                guard let phase = PhaseName(rawValue: name) else {
                    throw BuildSpecError(
                        "Invalid phase \(name) at line \(node.line): expected install, pre_build, build or post_build")
                }
                self.phases[phase] = try Self.phase(node, phase)
            }
        }
        if let reports = root["reports"] {
            for (name, node) in try reports.entries() { self.reports.append(try Self.report(name, node)) }
        }
        if let artifacts = root["artifacts"] {
            let secondary = artifacts["secondary-artifacts"]
            if artifacts["files"] != nil || secondary == nil {
                self.artifacts = try Self.artifacts(artifacts, "artifacts")
            }
            if let secondary {
                for (name, node) in try secondary.entries() {
                    secondaryArtifacts.append((name, try Self.artifacts(node, name)))
                }
            }
        }
        if let cache = root["cache"] { self.cache = try Self.cache(cache) }
        if let batch = root["batch"] { self.batch = try BuildBatchSpec(batch) }
    }

    private mutating func readEnvironment(_ node: YAMLReader) throws(BuildSpecError) {
        shell = try node["shell"]?.requiredText()
        if let shell, !["bash", "/bin/sh", "sh", "/bin/bash"].contains(shell) {
            throw BuildSpecError("Invalid shell \(shell): a Linux build environment has sh, /bin/sh and bash")
        }
        gitCredentialHelper = try node["git-credential-helper"]?.requiredFlag("git-credential-helper") ?? false
        variables = try node["variables"]?.pairs() ?? []
        parameterStore = try node["parameter-store"]?.pairs() ?? []
        secretsManager = try node["secrets-manager"]?.pairs() ?? []
        exportedVariables = try node["exported-variables"]?.texts("exported-variables") ?? []
    }

    private static func phase(_ node: YAMLReader, _ name: PhaseName) throws(BuildSpecError) -> Phase {
        var phase = Phase()
        phase.runAs = try node["run-as"]?.requiredText()
        if let text = try node["on-failure"]?.requiredText() { phase.onFailure = try onFailure(text) }
        if let versions = node["runtime-versions"] {
            guard name == .install else {
                throw BuildSpecError("runtime-versions is only supported in the install phase (line \(versions.line))")
            }
            phase.runtimeVersions = try versions.pairs().map { ($0.name, $0.value) }
            if let unknown = phase.runtimeVersions.first(where: { BuildRuntime(rawValue: $0.name) == nil }) {
                let known = BuildRuntime.allCases.map(\.rawValue).joined(separator: ", ")
                throw BuildSpecError(
                    "Unknown runtime named '\(unknown.name)'. This build image has the following runtimes: \(known)")
            }
        }
        phase.commands = try node["commands"]?.texts("Commands") ?? []
        phase.finally = try node["finally"]?.texts("Finally") ?? []
        return phase
    }

    private static func onFailure(_ text: String) throws(BuildSpecError) -> OnFailure {
        switch text {
        case "ABORT": return .abort
        case "CONTINUE": return .continue
        case "RETRY": return .retry(count: 1)
        default:
            let parts = text.split(separator: "-")
            if parts.count >= 2, parts[0] == "RETRY", let count = Int(parts[1]), (1...3).contains(count) {
                return .retry(count: count)
            }
            throw BuildSpecError("Invalid on-failure value \(text), expected ABORT, CONTINUE, RETRY or RETRY-count")
        }
    }

    private static func artifacts(_ node: YAMLReader, _ name: String) throws(BuildSpecError) -> Artifacts {
        var result = Artifacts()
        guard let files = node["files"] else {
            throw BuildSpecError("the \(name) section has no files (line \(node.line))")
        }
        result.files = try files.texts("files")
        result.name = try node["name"]?.requiredText()
        result.discardPaths = node["discard-paths"]?.flag ?? false
        result.baseDirectory = try node["base-directory"]?.requiredText()
        result.excludePaths = try node["exclude-paths"]?.texts("exclude-paths") ?? []
        result.enableSymlinks = node["enable-symlinks"]?.flag ?? false
        result.s3Prefix = try node["s3-prefix"]?.requiredText()
        return result
    }

    private static func cache(_ node: YAMLReader) throws(BuildSpecError) -> Cache {
        var cache = Cache(
            key: try node["key"]?.requiredText(), fallbackKeys: try node["fallback-keys"]?.texts("fallback-keys") ?? [],
            paths: try node["paths"]?.texts("paths") ?? [])
        guard cache.fallbackKeys.count <= 5 else {
            throw BuildSpecError(
                "the cache has \(cache.fallbackKeys.count) fallback-keys; 5 are allowed (line \(node.line))")
        }
        if let action = try node["action"]?.requiredText() {
            guard let known = Cache.Action(rawValue: action) else {
                throw BuildSpecError("Invalid cache action \(action), expected save or restore")
            }
            cache.action = known
        }
        return cache
    }

    private static func report(_ name: String, _ node: YAMLReader) throws(BuildSpecError) -> Report {
        var report = Report(group: name)
        report.files = try node["files"]?.texts("files") ?? []
        guard !report.files.isEmpty else { throw BuildSpecError("the report \(name) has no files (line \(node.line))") }
        report.baseDirectory = try node["base-directory"]?.requiredText()
        report.discardPaths = node["discard-paths"]?.flag ?? false
        if let format = try node["file-format"]?.requiredText() {
            let normal = format.uppercased()
            guard TestReportFormat(rawValue: normal) != nil else {
                let known = TestReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw BuildSpecError("Invalid report file-format \(format), expected one of \(known)")
            }
            report.fileFormat = normal
        }
        return report
    }
}
