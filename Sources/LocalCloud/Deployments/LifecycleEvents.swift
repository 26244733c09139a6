/// The lifecycle events of deployments on instances, in AWS's order.
enum LifecycleEvents {
    static let block = ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
    static let install = [
        "ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart",
        "ValidateService",
    ]
    static let allow = ["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]

    static func inPlace(hasLoadBalancer: Bool) -> [String] {
        hasLoadBalancer ? block + install + allow : install
    }

    static func green(hasLoadBalancer: Bool) -> [String] { hasLoadBalancer ? install + allow : install }

    /// Events whose scripts come from the last successful revision.
    static let ofPreviousRevision: Set<String> = ["ApplicationStop", "BeforeBlockTraffic", "AfterBlockTraffic"]
    /// Events that have no scripts.
    static let reserved: Set<String> = ["DownloadBundle", "Install", "BlockTraffic", "AllowTraffic"]
}

/// What a script's event left behind for the user.
struct EventDiagnostics: Codable, Sendable, Error {
    var code: String
    var script: String
    var message: String
    var logTail: String

    static let success = EventDiagnostics(code: "Success", script: "", message: "Succeeded", logTail: "")

    /// Something that went wrong outside of a script.
    static func failure(_ message: String) -> EventDiagnostics {
        EventDiagnostics(code: "UnknownError", script: "", message: message, logTail: "")
    }
}
