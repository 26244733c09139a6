import AWSModel
import AWSSigning

/// ECS tasks and EKS pods: an endpoint that the container's environment names.
struct ContainerProvider: CredentialsProvider {
    let name = "container"
    let setting: CredentialsSetting

    private static let address = "169.254.170.2"
    /// Without TLS credentials may only come from the machine itself.
    private static let allowedHosts: Set = [address, "169.254.170.23", "fd00:ec2::23", "localhost"]

    func load() async throws -> CredentialsOffer {
        let environment = setting.environment
        let url: String
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            url = "http://\(Self.address)\(path)"
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] {
            url = full
        } else {
            return .nothing(reason: "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set")
        }
        let host = HostName(url: url)
        guard url.hasPrefix("https://") || host.isLoopback || Self.allowedHosts.contains(String(host.name)) else {
            throw CredentialsFailure(
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names the host \(host.name); without TLS only loopback and the container's own addresses are allowed"
            )
        }
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            guard let token = try? INIFile.readFile(environment.expand(path)) else {
                throw CredentialsFailure("cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (\(path))")
            }
            headers.append(("Authorization", String(decoding: token, as: UTF8.self)))
        } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
            headers.append(("Authorization", token))
        }
        if headers.contains(where: { $0.value.contains(where: \.isNewline) }) {
            throw CredentialsFailure("the container's authorization token has a line break")
        }
        return .found(try await fetch(url, headers))
    }

    private func fetch(_ url: String, _ headers: [(name: String, value: String)]) async throws -> Credentials {
        let request = HTTPRequest(
            url: url, headers: headers, timeouts: .init(connect: 2, idle: 2, total: 4),
            responseBody: .memory(limit: 1 << 20), proxy: .none)
        var problem = ""
        for attempt in 1...3 {
            do {
                let response = try await setting.session.transport.perform(request)
                if response.status == 200, case .bytes(let bytes) = response.body, let answer = try? JSON.parse(bytes),
                    let credentials = Credentials(answer, source: "container")
                {
                    return credentials
                }
                problem = "HTTP \(response.status) without credentials"
            } catch {
                if error.kind == .cancelled { throw CancellationError() }
                problem = error.message
            }
            if attempt < 3 { try await setting.session.clock.sleep(seconds: 1) }
        }
        throw CredentialsFailure("the container's credentials endpoint gave none: \(problem)")
    }
}

/// An EC2 instance's role, by the metadata service's version 2.
struct InstanceMetadataProvider: CredentialsProvider {
    let name = "instance metadata"
    let setting: CredentialsSetting
    let profileName: String

    private static let path = "/latest/meta-data/iam/security-credentials/"

    func load() async throws -> CredentialsOffer {
        let lookup = Lookup(
            environment: setting.environment, profile: setting.section(profileName) ?? SharedConfig.Section(),
            profileName: profileName)
        if lookup.environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" {
            return .nothing(reason: "AWS_EC2_METADATA_DISABLED is true")
        }
        let service: MetadataService
        do throws(SettingsFailure) { service = try MetadataService(setting.session, lookup) } catch {
            throw CredentialsFailure(error.message)
        }
        do {
            let token = try await service.token()
            let role = try await service.get(Self.path, token: token)
            let roleName = String(decoding: role, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
            if roleName.isEmpty { return .nothing(reason: "the instance has no role") }
            let answer = try await service.get(Self.path + roleName, token: token)
            guard let value = try? JSON.parse(answer),
                var credentials = Credentials(value, source: "instance role \(roleName)")
            else { return .nothing(reason: "the metadata service has no credentials for the role \(roleName)") }
            credentials.expiration = extended(credentials.expiration)
            return .found(credentials)
        } catch let problem as MetadataService.Problem {
            return .nothing(reason: problem.reason)
        }
    }

    /// When the service cannot renew credentials it hands out the old ones, which AWS then accepts for longer: they are
    /// used, and asked for again some minutes later.
    private func extended(_ expiration: Double?) -> Double? {
        guard let expiration else { return nil }
        let now = setting.session.clock.now
        let offset = CredentialsCache.advisory + 120 + 480 * setting.session.clock.random
        return now >= expiration - offset ? now + offset : expiration
    }
}

/// The instance metadata service: quick to give up, since most machines have none.
struct MetadataService {
    struct Problem: Error {
        let reason: String
        /// Something there takes connections, and gives no answer.
        var isSilence = false
    }

    private let session: AWSSession
    private let endpoint: String
    private let timeout: Double
    private let attempts: Int
    private let disablesVersion1: Bool

    init(_ session: AWSSession, _ lookup: Lookup) throws(SettingsFailure) {
        self.session = session
        let mode = lookup.string("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
        let prefersIPv6 = try lookup.bool("AWS_IMDS_USE_IPV6", "imds_use_ipv6") ?? false
        let usesIPv6 = mode?.lowercased() == "ipv6" || prefersIPv6
        var endpoint =
            lookup.string("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
            ?? (usesIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
        while endpoint.last == "/" { endpoint.removeLast() }
        self.endpoint = endpoint
        // No longer than an hour, which libcurl can count in milliseconds.
        let seconds = try lookup.int("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout") ?? 1
        timeout = Double(min(max(seconds, 1), 3600))
        attempts = max(1, try lookup.int("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts") ?? 1)
        disablesVersion1 = try lookup.bool("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled") ?? false
    }

    /// A session token; nil where the service only knows version 1.
    func token() async throws -> String? {
        let response: HTTPResponse
        do {
            response = try await send(
                "PUT", "/latest/api/token", headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")])
        } catch let problem as Problem {
            // The answer to this question goes one hop only, and so not into a container behind a bridge: version 1's do.
            if problem.isSilence, !disablesVersion1 { return nil }
            throw problem
        }
        switch response.status {
        case 200:
            guard case .bytes(let bytes) = response.body else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        case 403, 404, 405:
            if disablesVersion1 {
                throw Problem(reason: "the metadata service has no version 2, and version 1 is disabled")
            }
            return nil
        default: throw Problem(reason: "the metadata service answers with HTTP \(response.status)")
        }
    }

    func get(_ path: String, token: String?) async throws -> [UInt8] {
        let response = try await send("GET", path, headers: token.map { [("x-aws-ec2-metadata-token", $0)] } ?? [])
        guard response.status == 200, case .bytes(let bytes) = response.body else {
            throw Problem(
                reason: response.status == 404
                    ? "the instance has no role" : "the metadata service answers with HTTP \(response.status)")
        }
        return bytes
    }

    private func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)]
    ) async throws -> HTTPResponse {
        let request = HTTPRequest(
            method: method, url: endpoint + path, headers: headers,
            timeouts: .init(connect: timeout, idle: timeout, total: timeout), responseBody: .memory(limit: 1 << 20),
            proxy: .none)
        var problem: TransportError?
        for _ in 0..<attempts {
            do throws(TransportError) {
                let response = try await session.transport.perform(request)
                if response.status < 500 { return response }
            } catch {
                if error.kind == .cancelled { throw CancellationError() }
                problem = error
            }
        }
        throw Problem(
            reason: problem.map { "no metadata service answers: \($0.message)" } ?? "the metadata service fails",
            isSilence: problem?.kind == .idleTimeout || problem?.kind == .totalTimeout)
    }
}
