/// INSTALL, PRE_BUILD, BUILD, POST_BUILD and UPLOAD_ARTIFACTS.
extension BuildRun {
    func runPhases() async -> BuildRecord.Status {
        var failed = false
        var reachedBuild = false
        phases: for name in BuildSpec.PhaseName.allCases {
            if name == .build { reachedBuild = true }
            let phase = spec.phases[name] ?? BuildSpec.Phase()
            var failure = await run(phase, name, isSucceeding: !failed)
            if case .retry(let count)? = phase.onFailure {
                for _ in 0..<count where failure != nil && early == nil {
                    log.container("Retrying phase \(name.phaseType)")
                    failure = await run(phase, name, isSucceeding: !failed)
                }
            }
            if let early { return early }
            guard failure != nil else { continue }
            failed = true
            switch phase.onFailure {
            case .continue: continue
            case .abort: break phases
            case .retry, nil: if name != .build { break phases }
            }
        }
        await collectExports()
        await nameArtifacts()
        // Nothing of the build's runs any more while its files are read from outside.
        await sandbox?.stop()
        do throws(Failure) {
            if reachedBuild {
                try await phase("UPLOAD_ARTIFACTS") {
                    let refused = self.uploadReports()
                    try await self.uploadArtifacts(isSucceeding: !failed)
                    if let refused { throw refused }
                    await self.storeCache()
                }
                log.container("Phase complete: UPLOAD_ARTIFACTS State: SUCCEEDED")
                log.container("Phase context status code:  Message: ")
            } else {
                if let refused = uploadReports() { throw refused }
            }
        } catch {
            logEnd("UPLOAD_ARTIFACTS", error.status, error)
            return early ?? .failed
        }
        return early ?? (failed ? .failed : .succeeded)
    }

    /// Runs a phase's commands and then, whatever became of them, its `finally` block.
    private func run(_ phase: BuildSpec.Phase, _ name: BuildSpec.PhaseName, isSucceeding: Bool) async -> Failure? {
        let type = name.phaseType
        begin(type)
        log.container("Entering phase \(type)")
        var failure: Failure?
        let user = phase.runAs ?? spec.runAs
        if await shell?.become(user) == false {
            failure = Failure(
                "CLIENT_ERROR", "Unable to run the phase as \(user ?? ""): the build environment has no such user")
        }
        _ = await shell?.run("CODEBUILD_BUILD_SUCCEEDING=\(isSucceeding ? 1 : 0)")
        if failure == nil { await tellRuntimes(phase.runtimeVersions) }
        for command in failure == nil ? phase.commands : [] {
            failure = await run(command)
            if failure != nil || early != nil { break }
        }
        if !phase.finally.isEmpty, early == nil, failure?.code != "CLIENT_ERROR" {
            if failure != nil { _ = await shell?.run("CODEBUILD_BUILD_SUCCEEDING=0") }
            for command in phase.finally {
                let late = await run(command)
                failure = failure ?? late
                if late != nil || early != nil { break }
            }
        }
        if let early { failure = Self.ended(early) }
        let status = failure?.status ?? .succeeded
        finish(type, status, failure)
        logEnd(type, status, failure)
        return failure
    }

    /// A build's programs are this machine's, so a runtime's version is looked at, not chosen: the log says which it is.
    private func tellRuntimes(_ asked: [(name: String, version: String)]) async {
        for (name, version) in asked {
            guard let runtime = BuildRuntime(rawValue: name) else { continue }
            log.container(
                "Runtime '\(name)' version '\(version)' was asked for; builds run with what this machine has:")
            let program = runtime.version.prefix { $0 != " " }
            _ = await shell?.run(
                "if command -v \(program) >/dev/null; then \(runtime.version); else echo '\(program): none'; fi")
            log.endCommand()
        }
    }

    private func run(_ command: String) async -> Failure? {
        let shown = command.trimmed
        log.container("Running command \(shown)")
        let status = await shell?.run(command) ?? 126
        log.endCommand()
        guard status != 0 else { return nil }
        log.container("Command did not exit successfully \(shown) exit status \(status)")
        return Failure(
            "COMMAND_EXECUTION_ERROR", "Error while executing command: \(shown). Reason: exit status \(status)")
    }

    /// Values of the exported variables at the end; secrets of the project and `AWS_*` stay in the build.
    private func collectExports() async {
        var exported: [BuildRecord.Variable] = []
        for name in spec.exportedVariables where !secretNames.contains(name) && !name.hasPrefix("AWS_") {
            if let value = await shell?.value(of: name) { exported.append(.init(name: name, value: value)) }
        }
        update { $0.exported = exported }
    }
}
