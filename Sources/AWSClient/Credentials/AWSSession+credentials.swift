import AWSModel
import AWSSigning

extension AWSSession {
    /// The credentials of a profile, fetched once for all clients of this session.
    ///
    /// - Parameter profile: named on purpose, which puts the environment's keys behind it; nil for the default order.
    public func credentials(profile: String? = nil, region: String? = nil) -> CredentialsCache {
        cache.credentials("\(profile ?? "")|\(region ?? "")") {
            let chain = CredentialsChain(session: AWSSession(fetchingFor: self), profile: profile, region: region)
            return CredentialsCache(chain, clock: clock)
        }
    }
}
