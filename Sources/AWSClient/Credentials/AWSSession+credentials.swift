import AWSModel
import AWSSigning

extension AWSSession {
    /// The credentials of a profile, fetched once for all clients of this session.
    ///
    /// - Parameter profile: named on purpose, which puts the environment's keys behind it; nil for the default order.
    public func credentials(profile: String? = nil, region: String? = nil) -> CredentialsCache {
        cache.credentials("\(profile ?? "")|\(region ?? "")") {
            CredentialsCache(CredentialsChain(session: self, profile: profile, region: region), clock: clock)
        }
    }
}
