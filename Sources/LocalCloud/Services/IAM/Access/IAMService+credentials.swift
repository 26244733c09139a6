import AWSModel

/// Keys of a role's session or a user, in the form in which clients use them.
public struct IssuedCredentials: Codable, Sendable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// Epoch seconds.
    public var expiration: Double?

    /// As STS answers them.
    var value: AWSValue {
        .structure([
            "AccessKeyId": .string(accessKeyID), "SecretAccessKey": .string(secretAccessKey),
            "SessionToken": sessionToken.map { .string($0) }, "Expiration": expiration.map { .timestamp($0) },
        ])
    }
}

/// Credentials that were given out, and whose they are.
struct Session: Codable, Sendable {
    var credentials: IssuedCredentials
    var principal: Principal
    /// A policy that narrows the session further, as JSON.
    var policy: String?
    /// ARNs of managed policies that narrow it in the same way: what any of them or ``policy`` allows is left.
    var managedPolicies: [String]?
}

extension IAMService {
    /// Keys for a principal: what a build or an instance gets of its role.
    ///
    /// - Parameters:
    ///   - duration: seconds until they expire.
    ///   - policy: narrows what the role allows, as JSON.
    ///   - managedPolicies: ARNs of policies that narrow it too.
    public func temporaryCredentials(
        for principal: Principal, duration: Double = 3600, policy: String? = nil, managedPolicies: [String] = []
    ) -> IssuedCredentials {
        let now = cloud.clock.now
        for (_, _, key, session) in sessions.everything()
        where (session.credentials.expiration ?? .infinity) < now - 3600 {
            sessions["", "", key] = nil
            secrets[key] = nil
        }
        let credentials = IssuedCredentials(
            accessKeyID: "ASIA" + Identifier.upper(16), secretAccessKey: Identifier.alphanumeric(40),
            sessionToken: "IQoJb3JpZ2luX2Vj" + Identifier.alphanumeric(240), expiration: now + duration)
        var principal = principal
        principal.accessKeyID = credentials.accessKeyID
        sessions["", "", credentials.accessKeyID] = Session(
            credentials: credentials, principal: principal, policy: policy,
            managedPolicies: managedPolicies.isEmpty ? nil : managedPolicies)
        secrets[credentials.accessKeyID] = credentials.secretAccessKey
        return credentials
    }

    /// The secret of an access key; nil when nobody has it.
    ///
    /// Built in are `test` with the secret `test` for the configured account, and every account's own number as its root's
    /// access key with the secret `test`.
    public nonisolated func secret(of accessKeyID: String) -> String? {
        secrets.secret(of: accessKeyID)
    }

    /// Who an access key belongs to, after its signature was verified.
    ///
    /// - Throws: ``ServiceError`` for an expired session, a wrong token or an inactive key.
    public func principal(accessKeyID: String, sessionToken: String?) throws(ServiceError) -> Principal {
        if SecretBook.isBuiltIn(accessKeyID) {
            return .root(
                of: accessKeyID == "test" ? cloud.configuration.accountID : accessKeyID, accessKeyID: accessKeyID)
        }
        if let session = sessions["", "", accessKeyID] {
            guard session.credentials.sessionToken == sessionToken else {
                throw ServiceError(
                    "UnrecognizedClientException", "The security token included in the request is invalid.", status: 403
                )
            }
            if let expiration = session.credentials.expiration, expiration <= cloud.clock.now {
                throw ServiceError(
                    "ExpiredTokenException", "The security token included in the request is expired", status: 403)
            }
            return session.principal
        }
        guard let (user, key, account) = key(accessKeyID), key.isActive else {
            throw ServiceError(
                "UnrecognizedClientException", "The security token included in the request is invalid.", status: 403)
        }
        return Principal(
            arn: user.arn, account: account, userID: user.id, kind: .user(name: user.name), accessKeyID: accessKeyID)
    }

    private func key(_ id: String) -> (user: User, key: AccessKey, account: String)? {
        guard let owner = keyOwners["", "", id], let user = users[owner.account, "", owner.user],
            let key = user.accessKeys.first(where: { $0.id == id })
        else { return nil }
        return (user, key, owner.account)
    }
}
