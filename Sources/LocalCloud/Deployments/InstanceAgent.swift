import AWSModel
import Synchronization

/// What the CodeDeploy agent does on one instance for one deployment: fetch and unpack the revision, run the scripts of
/// lifecycle events, install files. Everything is done inside of the instance, by the instance's own programs.
@CloudActor
struct InstanceAgent {
    /// Revisions that are kept for each deployment group.
    static let keptArchives = 5
    static let longestLog = 2048
    /// Seconds that all scripts of a lifecycle event have together.
    static let longestEvent = 3600.0
    /// Quarters of a second, counted so that a machine that stands still loses nothing.
    static let looksForAgent = 120
    private static let root = "/opt/codedeploy-agent/deployment-root"

    let cloud: Cloud
    let instance: String
    let account: String
    let region: String
    let deployment: DeploymentRecord
    /// Bucket, key, version, tag and kind of the revision.
    let revision: AWSValue
    var isOnPremises = false
    /// Whether the deployment puts its revision on this instance. One that only moves traffic here, to or from it, runs the
    /// scripts of what is installed already.
    var installsRevision = true
    /// Whether the deployment is to stop: asked while the instance is waited for.
    var isStopped: @CloudActor () -> Bool = { false }

    private var directory: String { "\(Self.root)/\(deployment.groupID)/\(deployment.id)" }
    private var instructions: String { "\(Self.root)/deployment-instructions" }
    private var lastSuccessful: String { "\(instructions)/\(deployment.groupID)_last_successful_install" }
    private var cleanupList: String { "\(instructions)/\(deployment.groupID)-cleanup" }

    private var host: InstanceHost? { cloud.service(EC2Service.self).host(of: instance) }

    /// Waits until the agent runs: user data may still be installing it.
    func waitUntilReady() async throws(EventDiagnostics) {
        if isOnPremises {
            // What AWS waits for an agent that does not ask for its commands.
            try? await cloud.clock.sleep(aws: 300)
            throw Self.silent
        }
        await cloud.service(EC2Service.self).waitForMachine(of: instance, account, region)
        guard let host else { throw gone }
        // It asks for its commands as soon as it runs, whatever user data does besides.
        var looks = 0
        while looks < Self.looksForAgent {
            if await host.isServiceActive("codedeploy-agent") { return }
            guard host.isRunning else { throw gone }
            if isStopped() { throw .failure("The deployment was stopped") }
            if host.userDataEnded != nil { looks += 1 }
            try? await cloud.clock.sleep(real: 0.25)
            if Task.isCancelled { break }
        }
        throw Self.silent
    }

    private static let silent = EventDiagnostics.failure(
        "CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and make sure the agent is running and can connect to the CodeDeploy server."
    )

    private var gone: EventDiagnostics { .failure("The instance \(instance) does not run any more.") }

    func perform(_ event: String) async throws(EventDiagnostics) {
        do {
            switch event {
            case "DownloadBundle": try await download()
            case "Install": try await install()
            default: try await runScripts(of: event)
            }
        } catch {
            // An instance that was terminated meanwhile fails whatever it was doing, in no useful words.
            throw host?.isRunning == true ? error : gone
        }
    }

    /// The deployment to this instance has succeeded: its revision is now the one to stop next time.
    func markSuccessful() async {
        _ = await shell("mkdir -p \(instructions) && printf %s \(directory) > \(lastSuccessful)")
    }

    private func shell(_ script: String, input: Sandbox.Input = .none) async -> ProcessResult {
        guard let host else {
            return ProcessResult(
                exitCode: 255, signal: nil, timedOut: false, output: Array("the instance is gone".utf8))
        }
        return await host.run(["/bin/sh", "-c", script], input: input)
    }

    // MARK: - DownloadBundle

    private func download() async throws(EventDiagnostics) {
        let folder = cloud.workDirectory + "/deployments/\(deployment.id)-\(instance)"
        defer { Task.detached { BundleFiles.remove(folder) } }
        do {
            let role = try await instanceRole()
            let place = S3Place(bucket: revision["bucket"]?.string ?? "", key: revision["key"]?.string ?? "")
            let (bundle, content, tar) = (folder + "/bundle", folder + "/content", folder + "/content.tar")
            try BundleFiles.makeDirectories(content)
            let fetched = try await DeliveryStorage(cloud: cloud, principal: role, region: region)
                .fetch(place, version: revision["version"]?.string, to: bundle)
            if let wanted = revision["eTag"]?.string, let found = fetched.etag,
                wanted.filter({ $0 != "\"" }) != found.filter({ $0 != "\"" })
            {
                throw EventDiagnostics.failure(
                    "Expected deployment artifact bundle etag \(wanted) but was actually \(found)")
            }
            // Unpacked outside first, where a hostile bundle is refused before the instance sees it.
            try await Task.detached {
                try BundleReader.unpack(bundle, into: content)
                try BundleWriter.tar(directory: content, to: tar)
            }.value
            let archive = directory + "/deployment-archive"
            let prune = "ls -1dt \(Self.root)/\(deployment.groupID)/d-* 2>/dev/null | tail -n +\(Self.keptArchives + 1)"
            let keep = "$(cat \(lastSuccessful) 2>/dev/null)"
            let result = await shell(
                "mkdir -p \(archive) \(directory)/logs \(instructions) && tar -xf - -C \(archive) && "
                    + "\(prune) | while read -r d; do [ \"$d\" = \"\(keep)\" ] || rm -rf \"$d\"; done",
                input: .file(tar))
            guard result.isSuccess else {
                throw EventDiagnostics.failure(
                    "The revision could not be unpacked on the instance: \(result.text.trimmed)")
            }
        } catch let error as EventDiagnostics {
            throw error
        } catch let error as ServiceError {
            throw .failure(
                error.code == "NoSuchKey" ? "The specified key does not exist." : "\(error.code): \(error.message)")
        } catch {
            throw .failure("\(error)")
        }
    }

    /// The instance fetches its revision with its own role, as on AWS.
    private func instanceRole() async throws -> Principal {
        let answer = try await cloud.call(
            "ec2", "DescribeInstances", ["InstanceIds": [.string(instance)]], as: .root(of: account), region: region)
        let found = answer["Reservations"]?.list?.first?["Instances"]?.list?.first
        guard let profile = found?["IamInstanceProfile"]?["Arn"]?.string,
            let arn = cloud.iam.instanceProfile(profile, account: account)?.roleARN
        else {
            throw EventDiagnostics.failure(
                "Missing credentials - please check if this instance was started with an IAM instance profile")
        }
        return try cloud.iam.assume(roleARN: arn, by: "ec2.amazonaws.com", session: instance)
    }

    // MARK: - Scripts

    /// The revision's AppSpec inside of the instance.
    private func appSpec(in archive: String) async throws(EventDiagnostics) -> AppSpec {
        let result = await shell("cat \(archive)/appspec.yml || cat \(archive)/appspec.yaml")
        guard result.isSuccess else {
            throw .failure(
                "The CodeDeploy agent did not find an AppSpec file within the unpacked revision directory at revision-relative path \"appspec.yml\". The revision was unpacked to directory \"\(archive)\", and the AppSpec file was expected but not found at path \"\(archive)/appspec.yml\". Consult the AWS CodeDeploy Appspec documentation for more information at http://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file.html"
            )
        }
        do {
            // `cat` complains about the first name when only the second is there.
            return try AppSpec(
                yaml: result.text.split(separator: "\n", omittingEmptySubsequences: false)
                    .filter { !$0.hasPrefix("cat: ") }.joined(separator: "\n"))
        } catch {
            throw .failure(error.message)
        }
    }

    private func runScripts(of event: String) async throws(EventDiagnostics) {
        var archive = directory + "/deployment-archive"
        if !installsRevision || LifecycleEvents.ofPreviousRevision.contains(event) {
            let last = await shell("cat \(lastSuccessful)")
            guard last.isSuccess, last.text.hasPrefix(Self.root) else { return }  // nothing was deployed here before
            archive = last.text.trimmed + "/deployment-archive"
        }
        let spec = try await appSpec(in: archive)
        var log = ""
        let end = CloudClock.realNow + Self.longestEvent
        for script in spec.hooks[event] ?? [] { try await run(script, event, archive, until: end, &log) }
    }

    private func run(
        _ script: AppSpec.Script, _ event: String, _ archive: String, until end: Double, _ log: inout String
    ) async throws(EventDiagnostics) {
        guard let host else { throw gone }
        let path = archive + "/" + script.location
        if log.isEmpty { log = "LifecycleEvent - \(event)\n" }
        log += "Script - \(script.location)\n"
        func failure(_ code: String, _ message: String) -> EventDiagnostics {
            EventDiagnostics(
                code: code, script: script.location, message: message, logTail: String(log.suffix(Self.longestLog)))
        }
        let quoted = InstallScript.quoted(path)
        guard await shell("[ -f \(quoted) ]").isSuccess else {
            throw failure("ScriptMissing", "Script does not exist at specified location: \(path)")
        }
        guard await shell("[ -x \(quoted) ] || chmod +x \(quoted)").isSuccess else {
            throw failure(
                "ScriptNotExecutable", "Unable to set script at specified location: \(script.location) as executable")
        }
        let lines = ScriptLog()
        let limit = max(0, min(Double(script.timeout), end - CloudClock.realNow))
        let result = await host.run(
            [path], environment: environment(event), directory: "/opt/codedeploy-agent", user: script.runAs,
            timeout: limit
        ) { stream, bytes in lines.add(stream == .standardOutput ? "stdout" : "stderr", bytes) }
        log += lines.text
        let kept = String(lines.text.suffix(1 << 16))
        _ = await shell("cat >> \(directory)/logs/scripts.log", input: .bytes(Array(kept.utf8)))
        let whom = script.runAs.map { " run as user \($0)" } ?? ""
        if result.timedOut {
            throw failure(
                "ScriptTimedOut",
                "Script at specified location: \(script.location)\(whom) failed to complete in \(Int(limit.rounded(.up))) seconds"
            )
        }
        guard result.exitCode == 0 else {
            throw failure(
                "ScriptFailed",
                "Script at specified location: \(script.location)\(whom) failed with exit code \(result.exitCode)")
        }
    }

    private func environment(_ event: String) -> [String: String] {
        var environment = [
            "LIFECYCLE_EVENT": event, "DEPLOYMENT_ID": deployment.id, "APPLICATION_NAME": deployment.application,
            "DEPLOYMENT_GROUP_NAME": deployment.group, "DEPLOYMENT_GROUP_ID": deployment.groupID,
            "BUNDLE_BUCKET": revision["bucket"]?.string ?? "", "BUNDLE_KEY": revision["key"]?.string ?? "",
        ]
        environment["BUNDLE_VERSION"] = revision["version"]?.string ?? ""
        environment["BUNDLE_ETAG"] = revision["eTag"]?.string ?? ""
        return environment
    }

    // MARK: - Install

    /// Files, a line `//`, and folders of an unpacked revision.
    private func names(in archive: String) async throws(EventDiagnostics) -> String {
        guard let host else { throw gone }
        // Of a result's own output only the end is kept; a name that were missing here would not be installed.
        let listing = Mutex<[UInt8]>([])
        let errors = Mutex<[UInt8]>([])
        let result = await host.run(
            ["/bin/sh", "-c", "cd \(archive) && find . ! -type d && echo // && find . -mindepth 1 -type d"]
        ) { stream, bytes in
            if stream == .standardOutput {
                listing.withLock { $0 += bytes }
            } else {
                errors.withLock { $0 += bytes }
            }
        }
        guard result.isSuccess else {
            throw .failure(errors.withLock { String(decoding: $0, as: UTF8.self) }.trimmed)
        }
        return listing.withLock { String(decoding: $0, as: UTF8.self) }
    }

    private func install() async throws(EventDiagnostics) {
        let archive = directory + "/deployment-archive"
        let spec = try await appSpec(in: archive)
        let listing = try await names(in: archive)
        let halves = listing.split(separator: "//\n", maxSplits: 1, omittingEmptySubsequences: false)
        func paths(_ half: Substring?) -> [String] {
            (half ?? "").split(separator: "\n").map { String($0.dropFirst(2)) }
        }
        let script = try InstallScript(
            spec, archive: archive, cleanupList: cleanupList,
            behavior: spec.fileExistsBehavior ?? deployment.fileExistsBehavior, files: paths(halves.first),
            directories: paths(halves.count > 1 ? halves[1] : nil))
        let result = await shell("sh -s", input: .bytes(Array(script.text.utf8)))
        guard result.isSuccess else { throw .failure(result.text.trimmed) }
    }
}
