import FoundationEssentials
import LocalCloud
import Testing

/// A sandbox in a folder of its own, and no trace of it afterwards.
func withSandbox(
    network: SandboxConfiguration.Network = .own(address: "172.31.5.6", metadata: "169.254.169.254", listeners: []),
    binds: [SandboxConfiguration.Bind] = [], services: Bool = false,
    limits: SandboxConfiguration.Limits = .init(), prepare: (String) throws -> Void = { _ in },
    _ body: (Sandbox) async throws -> Void
) async throws {
    let folder = "/tmp/awscicd-test-sandbox-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder + "/one/root", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try InstanceImage.make(at: folder + "/one/root", hostname: "ip-172-31-5-6.ec2.internal")
    try prepare(folder + "/one/root")
    let configuration = SandboxConfiguration(
        folder: folder + "/one", program: try await InstanceInit.write(to: folder), hostname: "ip-172-31-5-6",
        network: network,
        binds: InstanceImage.binds + binds, hasServices: services, limits: limits)
    let sandbox = try await Sandbox.start(configuration)
    do {
        try await body(sandbox)
    } catch {
        await sandbox.stop()
        throw error
    }
    await sandbox.stop()
}

extension Sandbox {
    /// The limit only ends a command that would never end.
    func shell(_ script: String, timeout: Double = 240) async -> ProcessResult {
        await run(["/bin/bash", "-c", script], timeout: timeout)
    }
}
