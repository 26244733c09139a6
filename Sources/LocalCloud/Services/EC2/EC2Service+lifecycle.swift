import AWSModel
import FoundationEssentials

/// An instance's machine: started with it, followed, and taken away.
extension EC2Service {
    private func folder(_ id: String) -> String { "\(cloud.workDirectory)/instances/\(id)" }

    /// Puts the machines of what was running back on after a restart, and removes what a killed process left.
    func startInstances() async {
        isStopping = false
        var known = Set<String>()
        for (account, region, id, instance) in instances.everything() {
            switch instance.state {
            case .pending, .running:
                known.insert(id)
                boot(id, account, region)
            case .stopping:
                known.insert(id)
                instances.update(account, region, id) { $0.state = .stopped }
            case .stopped: known.insert(id)
            case .shuttingDown: finishTermination(id, account, region)
            case .terminated: disappear(id, account, region)
            }
        }
        let all = "\(cloud.workDirectory)/instances"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: all)) ?? []
        where name.hasPrefix("i-") && !known.contains(name) { FileTree.removeAtOnce("\(all)/\(name)") }
    }

    /// Ends every machine at once. Their files stay for the next start when the cloud's state does.
    func stopInstances() async {
        isStopping = true
        await withTaskGroup(of: Void.self) { group in
            for host in hosts.values { group.addTask { await host.kill() } }
        }
        hosts = [:]
    }

    /// Starts an instance's machine in the background.
    func boot(_ id: String, _ account: String, _ region: String) {
        cloud.spawn { [self] in
            await bootGate.enter()
            defer { bootGate.leave() }
            guard !isStopping, let instance = instances[account, region, id],
                [.pending, .running].contains(instance.state)
            else { return }
            let host = makeHost(instance, account, region)
            hosts[id] = host
            do {
                try await host.powerOn { [weak self] in
                    Task { @CloudActor in self?.machineEnded(id, account, region) }
                }
            } catch {
                cloud.configuration.log?("\(id): \(error)")
                fail(id, account, region, "\(error)")
                return
            }
            guard !isStopping, let now = instances[account, region, id], [.pending, .running].contains(now.state) else {
                return await host.kill()
            }
            if now.state == .pending {
                instances.update(account, region, id) { $0.state = .running }
                announce(InstanceChange(id: id, account: account, region: region, state: "running"))
            }
        }
    }

    private func makeHost(_ instance: Instance, _ account: String, _ region: String) -> InstanceHost {
        if let host = hosts[instance.id] { return host }
        let specification = InstanceHost.Specification(
            id: instance.id, folder: folder(instance.id), program: cloud.sandboxProgram,
            privateAddress: instance.privateAddress,
            hostname: Self.privateName(instance, region), region: region, endpoint: cloud.endpoint,
            endpointPort: cloud.port,
            userData: Data(base64Encoded: instance.userData ?? "", options: .ignoreUnknownCharacters).map {
                [UInt8]($0)
            } ?? [])
        let log = cloud.configuration.log
        let metadata = InstanceMetadata(cloud: cloud, instanceID: instance.id, account: account, region: region)
        return InstanceHost(specification, metadata: { await metadata.answer($0) }, log: { log?($0) })
    }

    nonisolated static func privateName(_ instance: Instance, _ region: String) -> String {
        "\(instance.hostname).\(region == "us-east-1" ? "ec2" : region + ".compute").internal"
    }

    private func fail(_ id: String, _ account: String, _ region: String, _ reason: String) {
        instances.update(account, region, id) {
            $0.stateReason = ("Server.InternalError", "Server.InternalError: \(reason)")
            $0.transitionReason = "Server.InternalError"
        }
        terminate(id, account, region, reason: nil)
    }

    /// The machine died by itself: on AWS an instance that shuts itself down is stopped, or terminated if it says so.
    private func machineEnded(_ id: String, _ account: String, _ region: String) {
        guard !isStopping, let instance = instances[account, region, id], instance.state == .running else { return }
        let reason = (
            "Client.InstanceInitiatedShutdown", "Client.InstanceInitiatedShutdown: Instance initiated shutdown"
        )
        if instance.shutdownBehavior == "terminate" {
            terminate(id, account, region, reason: reason)
        } else {
            instances.update(account, region, id) {
                $0.state = .stopped
                $0.stateReason = reason
            }
            announce(InstanceChange(id: id, account: account, region: region, state: "stopped"))
        }
    }

    func terminate(_ id: String, _ account: String, _ region: String, reason: (code: String, message: String)?) {
        guard let instance = instances[account, region, id], ![.shuttingDown, .terminated].contains(instance.state)
        else {
            return
        }
        instances.update(account, region, id) {
            $0.state = .shuttingDown
            if let reason { $0.stateReason = reason }
            $0.transitionReason = reason == nil ? $0.transitionReason : "User initiated"
        }
        announce(InstanceChange(id: id, account: account, region: region, state: "shutting-down"))
        finishTermination(id, account, region)
    }

    private func finishTermination(_ id: String, _ account: String, _ region: String) {
        let folder = folder(id)
        cloud.spawn { [self] in
            if let host = hosts[id] { await host.destroy() } else { await FileWork.run { FileTree.remove(folder) } }
            hosts[id] = nil
            guard let instance = instances[account, region, id] else { return }
            interfaces[account, region, instance.interfaceID] = nil
            tags[account, region, instance.interfaceID] = nil
            tags[account, region, instance.volumeID] = nil
            instances.update(account, region, id) {
                $0.state = .terminated
                $0.endedAt = cloud.clock.now
                $0.publicAddress = nil
            }
            announce(InstanceChange(id: id, account: account, region: region, state: "terminated"))
            disappear(id, account, region)
        }
    }

    /// A terminated instance is shown for an hour.
    private func disappear(_ id: String, _ account: String, _ region: String) {
        cloud.spawn { [self] in
            do {
                try await cloud.clock.sleep(aws: 3600)
                instances[account, region, id] = nil
                tags[account, region, id] = nil
            } catch {}  // the cloud stops
        }
    }

    func stopInstance(_ id: String, _ account: String, _ region: String) {
        instances.update(account, region, id) {
            $0.state = .stopping
            $0.stateReason = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
        }
        announce(InstanceChange(id: id, account: account, region: region, state: "stopping"))
        cloud.spawn { [self] in
            await hosts[id]?.powerOff()
            guard instances[account, region, id]?.state == .stopping else { return }
            instances.update(account, region, id) { $0.state = .stopped }
            announce(InstanceChange(id: id, account: account, region: region, state: "stopped"))
        }
    }

    func startInstance(_ id: String, _ account: String, _ region: String) {
        instances.update(account, region, id) {
            $0.state = .pending
            $0.stateReason = nil
            $0.launchTime = cloud.clock.now
        }
        announce(InstanceChange(id: id, account: account, region: region, state: "pending"))
        boot(id, account, region)
    }

    func rebootInstance(_ id: String, _ account: String, _ region: String) {
        cloud.spawn { [self] in
            guard let host = hosts[id] else { return }
            await host.powerOff()
            boot(id, account, region)
        }
    }
}
