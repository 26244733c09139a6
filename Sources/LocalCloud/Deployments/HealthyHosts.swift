/// How many instances may be out of service at once, and when a deployment has failed: a deployment configuration's
/// minimum of healthy hosts.
///
/// An instance is healthy when nothing is being deployed to it and no deployment to it has failed.
struct HealthyHosts: Sendable, Equatable {
    let total: Int
    let minimum: Int
    /// `CodeDeployDefault.OneAtATime` lets the last instance fail.
    var allowsLastFailure = false

    /// - Parameters:
    ///   - type: `HOST_COUNT` or `FLEET_PERCENT`; percentages round up.
    init(type: String, value: Int, total: Int, isOneAtATime: Bool) {
        self.total = total
        if isOneAtATime {
            minimum = max(0, total - 1)
            allowsLastFailure = true
        } else if type == "FLEET_PERCENT" {
            minimum = (total * value + 99) / 100
        } else {
            minimum = value
        }
    }

    /// A minimum that leaves nothing to deploy to.
    var isImpossible: Bool { total > 0 && minimum >= total }

    /// How many more may start now.
    func startable(pending: Int, inProgress: Int, succeeded: Int) -> Int {
        max(0, min(pending, pending + succeeded - minimum))
    }

    enum Verdict: Sendable, Equatable { case goesOn, succeeded, failed }

    func verdict(pending: Int, inProgress: Int, succeeded: Int, failed: Int) -> Verdict {
        if inProgress > 0 { return .goesOn }
        if pending > 0 {
            return startable(pending: pending, inProgress: 0, succeeded: succeeded) > 0 ? .goesOn : .failed
        }
        return succeeded > 0 && succeeded >= minimum ? .succeeded : .failed
    }
}
