import AWSModel
import AWSSigning

extension AWSSession {
    /// The credentials of a profile, fetched once for all clients of this session.
    ///
    /// - Parameters:
    ///   - profile: named on purpose, which puts the environment's keys behind it; nil for the default order.
    ///   - region: where STS is asked for a role, by the first client that wants one. Its credentials hold in all regions,
    ///     and nobody is asked for another MFA code for each.
    public func credentials(profile: String? = nil, region: String? = nil) -> CredentialsCache {
        cache.credentials(profile ?? "") {
            let chain = CredentialsChain(session: AWSSession(fetchingFor: self), profile: profile, region: region)
            return CredentialsCache(chain, clock: clock)
        }
    }
}
