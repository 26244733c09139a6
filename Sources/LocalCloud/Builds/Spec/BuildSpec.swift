/// A buildspec, version 0.2 (and 0.1, which differs in running each command in a shell of its own).
struct BuildSpec: Sendable {
    enum PhaseName: String, Sendable, CaseIterable {
        case install, preBuild = "pre_build", build, postBuild = "post_build"

        /// The name in build results and logs: `PRE_BUILD`.
        var phaseType: String { rawValue.uppercased() }
    }

    /// What a failing phase does to the build: `ABORT` skips what follows, `CONTINUE` goes on; absent is the default
    /// course (a failed BUILD still runs POST_BUILD).
    enum OnFailure: Sendable, Equatable {
        case abort, `continue`
        case retry(count: Int)
    }

    struct Phase: Sendable {
        var runAs: String?
        var onFailure: OnFailure?
        var runtimeVersions: [(name: String, version: String)] = []
        var commands: [String] = []
        var finally: [String] = []
    }

    struct Artifacts: Sendable {
        var files: [String] = []
        var name: String?
        var discardPaths = false
        var baseDirectory: String?
        var excludePaths: [String] = []
        var enableSymlinks = false
        var s3Prefix: String?
    }

    struct Report: Sendable {
        /// A report group's name, which becomes `<project>-<name>`, or its ARN.
        var group: String
        var files: [String] = []
        var baseDirectory: String?
        var discardPaths = false
        var fileFormat = "JUNITXML"
    }

    struct Cache: Sendable {
        /// What the build does with its cache; both when nothing is said.
        enum Action: String, Sendable { case save, restore }

        /// Shell words: `npm-$(codebuild-hash-files package-lock.json)`. A cache with a key is kept as it was saved first.
        var key: String?
        /// Beginnings of keys, for when there is none of the key itself.
        var fallbackKeys: [String] = []
        var action: Action?
        var paths: [String] = []
    }

    var version = "0.2"
    var runAs: String?
    var shell: String?
    var gitCredentialHelper = false
    /// What is to go through the project's explicit proxy: `upload-artifacts`, `logs`.
    var proxied: [String] = []
    var variables: [(name: String, value: String)] = []
    /// Variable name to parameter name.
    var parameterStore: [(name: String, value: String)] = []
    /// Variable name to `secret-id:json-key:version-stage:version-id`.
    var secretsManager: [(name: String, value: String)] = []
    var exportedVariables: [String] = []
    var phases: [PhaseName: Phase] = [:]
    var reports: [Report] = []
    var artifacts: Artifacts?
    var secondaryArtifacts: [(identifier: String, artifacts: Artifacts)] = []
    var cache: Cache?
    var batch: BuildBatchSpec?

    /// One shell across all commands (0.2), or one for each (0.1).
    var sharesShell: Bool { version != "0.1" }
}

/// Why a buildspec was refused: the message of the DOWNLOAD_SOURCE phase's `YAML_FILE_ERROR` context.
struct BuildSpecError: Error, Sendable {
    let message: String
    init(_ message: String) { self.message = message }
}
