/// CodeCommit's passwords for git over HTTPS: a signature of a made-up request with the method `GIT`.
///
/// The user name is the access key id, and `%` with the session token after it for temporary keys. The password is the
/// time stamp followed by the signature. Neither the port nor a body is part of what is signed, and the string to sign
/// carries the time stamp without its `Z`.
extension SigV4 {
    /// What git is given for `https://HOST/v1/repos/NAME`.
    ///
    /// - Parameters:
    ///   - host: with or without a port, which is not signed.
    ///   - path: "/v1/repos/NAME".
    public static func codeCommitPassword(
        credentials: Credentials, region: String, host: String, path: String, at seconds: Double
    ) -> (userName: String, password: String) {
        let stamp = String(SigningTime(seconds).stamp.dropLast())
        let signature = codeCommitSignature(
            secret: credentials.secretAccessKey, region: region, host: host, path: path, stamp: stamp)
        let userName = credentials.accessKeyID + (credentials.sessionToken.map { "%" + $0 } ?? "")
        return (userName, "\(stamp)Z\(signature)")
    }

    /// Checks a user name and password that git sent.
    ///
    /// - Parameter region: the repository's region; git does not say which one was signed for.
    public static func verifyCodeCommitPassword(
        userName: String, password: String, region: String, host: String, path: String, now: Double,
        secretFor: (_ accessKeyID: String) -> String?
    ) throws(SignatureFailure) -> VerifiedIdentity {
        let parts = userName.split(separator: "%", maxSplits: 1)
        guard let accessKeyID = parts.first.map(String.init), password.utf8.count == 80,
            let signedAt = SigningTime.seconds(password.prefix(16))
        else {
            throw SignatureFailure(
                .incomplete,
                "The password is not a CodeCommit signature; use `aws codecommit credential-helper` or awscicd's helper."
            )
        }
        guard abs(now - signedAt) <= allowedSkew else {
            throw SignatureFailure(.skewed, "The password was made more than 15 minutes from now; ask for a new one.")
        }
        guard let secret = secretFor(accessKeyID) else {
            throw SignatureFailure(.unknownAccessKey, "The security token included in the request is invalid.")
        }
        let expected = codeCommitSignature(
            secret: secret, region: region, host: host, path: path, stamp: String(password.prefix(15)))
        guard constantTimeEquals(Array(expected.utf8), Array(password.utf8.dropFirst(16))) else {
            throw SignatureFailure(.mismatch, "The password does not fit the user name, repository and host.")
        }
        return VerifiedIdentity(
            accessKeyID: accessKeyID, sessionToken: parts.count > 1 ? String(parts[1]) : nil, region: region,
            service: "codecommit", signedAt: signedAt, isPresigned: false, chunks: nil)
    }

    private static func codeCommitSignature(
        secret: String, region: String, host: String, path: String, stamp: String
    ) -> String {
        let hostName = host.split(separator: ":").first ?? ""
        let canonical = "GIT\n\(path)\n\nhost:\(hostName)\n\nhost\n"
        let key = SigningKey.derive(
            secret: secret, day: String(stamp.prefix(8)), region: region, service: "codecommit")
        return Array(canonical.utf8).withUnsafeBytes { signature(of: $0, time: stamp, key: key) }
    }
}
