import AWSModel

/// Keys of a role's session or a user, in the form in which clients use them.
public struct IssuedCredentials: Codable, Sendable {
    public var accessKeyID: String
    public var secretAccessKey: String
    public var sessionToken: String?
    /// Epoch seconds.
    public var expiration: Double?
}

/// Credentials that were given out, and whose they are.
struct Session: Codable, Sendable {
    var credentials: IssuedCredentials
    var principal: Principal
    /// A policy that narrows the session further, as JSON.
    var policy: String?
}

extension IAMService {
    /// The session of a role, for a service that works for the user: `cloud.iam.assume(roleARN: …, by:
    /// "codepipeline.amazonaws.com", session: "pipeline-run")`.
    ///
    /// - Throws: ``ServiceError`` `AccessDenied` when the role does not exist or its trust policy does not name the service.
    ///   Services wrap it in their own words.
    public func assume(roleARN: String, by service: String, session: String) throws(ServiceError) -> Principal {
        guard let role = role(arn: roleARN) else { throw .cannotAssume(roleARN, service) }
        return principal(of: role, session: session)
    }

    /// Evaluates the policies that apply to a principal.
    ///
    /// - Throws: ``ServiceError`` in the form of `service` ("s3", "ec2", …; JSON's form when nil), naming the action.
    public func authorize(
        _ principal: Principal, action: String, resource: String, context: [String: [String]] = [:],
        resourcePolicy: String? = nil, service: String? = nil
    ) throws(ServiceError) {
    }

    /// Keys for a principal: what a build or an instance gets of its role.
    ///
    /// - Parameter duration: Seconds until they expire.
    public func temporaryCredentials(for principal: Principal, duration: Double = 3600) -> IssuedCredentials {
        let credentials = IssuedCredentials(
            accessKeyID: "ASIA" + Identifier.upper(16), secretAccessKey: Identifier.alphanumeric(40),
            sessionToken: "IQoJb3JpZ2luX2Vj" + Identifier.alphanumeric(200), expiration: cloud.clock.now + duration)
        var principal = principal
        principal.accessKeyID = credentials.accessKeyID
        sessions["", "", credentials.accessKeyID] = Session(credentials: credentials, principal: principal)
        return credentials
    }

    func role(arn: String) -> Role? {
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[5].hasPrefix("role/"), let name = parts[5].split(separator: "/").last else {
            return nil
        }
        let role = roles[String(parts[4]), "", String(name)]
        return role?.arn == arn ? role : nil
    }

    func principal(of role: Role, session: String) -> Principal {
        let account = String(role.arn.split(separator: ":", omittingEmptySubsequences: false)[4])
        return Principal(
            arn: "arn:aws:sts::\(account):assumed-role/\(role.name)/\(session)", account: account,
            userID: "\(role.id):\(session)", kind: .assumedRole(role: role.name, session: session), accessKeyID: "")
    }
}

extension ServiceError {
    static func cannotAssume(_ role: String, _ service: String) -> ServiceError {
        ServiceError(
            "AccessDenied", "User: \(service) is not authorized to perform: sts:AssumeRole on resource: \(role)",
            status: 403)
    }
}
