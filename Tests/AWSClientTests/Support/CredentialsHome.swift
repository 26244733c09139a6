import AWSModel
import AWSSigning
import Foundation

@testable import AWSClient

/// A home directory with the two settings files, and a session that knows only these and the variables it is given.
struct CredentialsHome {
    let directory: TemporaryDirectory
    let clock = FakeClock(now: 1_700_000_000)

    init() throws { directory = try TemporaryDirectory() }

    func cache(
        config: String = "", credentials: String = "", variables: [String: String] = [:], profile: String? = nil,
        prompt: (@Sendable (String) async throws -> String)? = nil
    ) throws -> CredentialsCache {
        _ = try directory.file(".aws/config", config)
        _ = try directory.file(".aws/credentials", credentials)
        return session(variables, home: directory.path, clock: clock, prompt: prompt).credentials(profile: profile)
    }

    func load(
        config: String = "", credentials: String = "", variables: [String: String] = [:], profile: String? = nil,
        prompt: (@Sendable (String) async throws -> String)? = nil
    ) async throws -> Credentials {
        try await cache(
            config: config, credentials: credentials, variables: variables, profile: profile, prompt: prompt
        ).credentials()
    }

    func failure(
        config: String = "", credentials: String = "", variables: [String: String] = [:], profile: String? = nil
    ) async -> CredentialsFailure? {
        do {
            _ = try await load(config: config, credentials: credentials, variables: variables, profile: profile)
            return nil
        } catch { return error as? CredentialsFailure }
    }
}

/// Services that hand out credentials, as far as the chain needs them.
enum CredentialsServer {
    /// STS: names the assumed role, who asked, and what came along in the access key.
    static func sts(expires: String = "2023-11-14T23:13:20Z") throws -> TestServer {
        try TestServer { request, connection in
            let form = Dictionary(
                (try? QueryString.parseForm(request.body))?.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { $1 })
            let action = form["Action"] ?? ""
            let role = form["RoleArn"]?.split(separator: "/").last.map(String.init) ?? ""
            let signer =
                request.header("authorization")?.firstMatch(of: /Credential=(\w+)\//).map { String($0.1) } ?? "nobody"
            let key =
                "\(signer)-\(role)\(form["TokenCode"].map { "-" + $0 } ?? "")\(form["ExternalId"].map { "-" + $0 } ?? "")"
                .replacing("-", with: "_")
            return connection.respond(
                body: """
                    <\(action)Response><\(action)Result><Credentials><AccessKeyId>\(key)</AccessKeyId>\
                    <SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>\
                    <Expiration>\(expires)</Expiration></Credentials></\(action)Result></\(action)Response>
                    """)
        }
    }
}
