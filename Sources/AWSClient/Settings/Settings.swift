import AWSModel

/// Whether services are asked for their endpoints: always, never, or where an operation needs it.
enum EndpointDiscoveryMode: String, CaseIterable {
    case on = "true"
    case off = "false"
    case auto
}

/// One client's settings, each taken from where it is set first: the client's own configuration, the environment, the
/// profile, the default.
struct Settings: Sendable {
    let region: String?
    let profileName: String
    let profile: SharedConfig.Section
    let endpoint: String?
    let usesFIPS: Bool
    let usesDualStack: Bool
    let maxAttempts: Int?
    let retryMode: RetryMode
    let caBundle: String?
    let s3: S3Settings
    let stsUsesGlobalEndpoint: Bool
    let accountIDEndpointMode: String
    let disablesHostPrefix: Bool
    let compressionThreshold: Int
    let disablesCompression: Bool
    let checksumsOnlyWhenRequired: Bool
    let validationOnlyWhenRequired: Bool
    let signingRegionSet: String?
    let endpointDiscovery: EndpointDiscoveryMode

    init(_ configuration: ClientConfiguration, service: ServiceModel) throws(SettingsFailure) {
        let environment = configuration.session.environment
        let shared = try configuration.session.sharedConfig()
        profileName = configuration.session.profileName(configuration.profile)
        profile = shared.profiles[profileName] ?? SharedConfig.Section()
        if configuration.profile != nil || configuration.session.namesProfile, shared.profiles[profileName] == nil {
            let known = shared.profiles.keys.sorted()
            throw SettingsFailure(
                """
                the profile "\(profileName)" is in neither \(shared.configPath) nor \(shared.credentialsPath)\
                \(known.isEmpty ? "" : "; they have \(known.joined(separator: ", "))")
                """)
        }
        let lookup = Lookup(environment: environment, profile: profile, profileName: profileName)

        region =
            configuration.region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile["region"]
        try Self.checkRegion(region)
        endpoint = try Self.endpoint(configuration, service: service, lookup: lookup, shared: shared)
        usesFIPS =
            try lookup.bool("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", explicit: configuration.usesFIPS) ?? false
        s3 = try S3Settings(configuration.s3, lookup: lookup)
        let dualStack = try lookup.bool(
            "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", explicit: configuration.usesDualStack)
        usesDualStack = dualStack ?? (service.name == "s3" || service.name == "s3control" ? s3.usesDualStack : false)
        maxAttempts = try lookup.int("AWS_MAX_ATTEMPTS", "max_attempts", explicit: configuration.maxAttempts)
        retryMode = try lookup.choice("AWS_RETRY_MODE", "retry_mode", explicit: configuration.retryMode) ?? .standard
        if let maxAttempts, maxAttempts < 1 {
            throw SettingsFailure("max_attempts must be at least 1, not \(maxAttempts)")
        }
        caBundle = (configuration.caBundle ?? lookup.string("AWS_CA_BUNDLE", "ca_bundle")).map(environment.expand)
        stsUsesGlobalEndpoint = lookup.string("AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints") == "legacy"
        accountIDEndpointMode = lookup.string("AWS_ACCOUNT_ID_ENDPOINT_MODE", "account_id_endpoint_mode") ?? "preferred"
        disablesHostPrefix =
            try lookup.bool("AWS_DISABLE_HOST_PREFIX_INJECTION", "disable_host_prefix_injection") ?? false
        compressionThreshold =
            try lookup.int("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "request_min_compression_size_bytes") ?? 10240
        disablesCompression = try lookup.bool("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression") ?? false
        checksumsOnlyWhenRequired = try lookup.whenRequired(
            "AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation")
        validationOnlyWhenRequired = try lookup.whenRequired(
            "AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation")
        endpointDiscovery =
            try lookup.choice("AWS_ENABLE_ENDPOINT_DISCOVERY", "endpoint_discovery_enabled") ?? .auto
        signingRegionSet = lookup.string("AWS_SIGV4A_SIGNING_REGION_SET", "sigv4a_signing_region_set")
    }

    /// A region becomes part of a host's name.
    static func checkRegion(_ region: String?) throws(SettingsFailure) {
        guard let region else { return }
        let isLabel =
            region.utf8.count <= 63 && region.first != "-" && region.last != "-"
            && region.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == 0x2d }
        if !isLabel || region.isEmpty {
            throw SettingsFailure("\"\(region)\" is not a region's name, which looks like eu-west-1")
        }
    }

    /// Source: "Service-specific endpoints", AWS SDKs and Tools Reference Guide.
    private static func endpoint(
        _ configuration: ClientConfiguration, service: ServiceModel, lookup: Lookup, shared: SharedConfig
    ) throws(SettingsFailure) -> String? {
        if let endpoint = configuration.endpoint { return try checked(endpoint, "the client's endpoint") }
        let ignores = try lookup.bool(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls",
            explicit: configuration.ignoresConfiguredEndpoints)
        if ignores == true { return nil }
        let id = String(service.serviceID.map { $0.isLetter || $0.isNumber ? $0 : "_" }).lowercased()
        let variable = "AWS_ENDPOINT_URL_\(id.uppercased())"
        for name in [variable, "AWS_ENDPOINT_URL"] {
            if let endpoint = lookup.environment[name] { return try checked(endpoint, name) }
        }
        if let name = lookup.profile["services"] {
            guard let section = shared.services[name] else {
                throw SettingsFailure(
                    "the profile \"\(lookup.profileName)\" names the services section \"\(name)\", which does not exist in \(shared.configPath)"
                )
            }
            if let endpoint = section.groups[id]?["endpoint_url"], !endpoint.isEmpty {
                return try checked(endpoint, "endpoint_url of \(id) in [services \(name)]")
            }
        }
        return try lookup.profile["endpoint_url"].map { endpoint throws(SettingsFailure) in
            try checked(endpoint, "endpoint_url of the profile \"\(lookup.profileName)\"")
        }
    }

    private static func checked(_ endpoint: String, _ source: String) throws(SettingsFailure) -> String {
        let scheme = endpoint.prefix { $0 != ":" }.lowercased()
        guard ["http", "https"].contains(scheme), !HostName(url: endpoint).name.isEmpty,
            !endpoint.contains(where: \.isWhitespace)
        else { throw SettingsFailure("\(source) must be a URL such as https://host:port, not \"\(endpoint)\"") }
        return endpoint
    }
}

/// Reads a setting from the environment, then from the profile.
struct Lookup {
    let environment: Environment
    let profile: SharedConfig.Section
    let profileName: String

    func string(_ variable: String, _ name: String) -> String? { environment[variable] ?? profile[name] }

    func bool(_ variable: String, _ name: String, explicit: Bool? = nil) throws(SettingsFailure) -> Bool? {
        if let explicit { return explicit }
        guard let text = string(variable, name) else { return nil }
        switch text.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw SettingsFailure("\(source(variable, name)) must be true or false, not \"\(text)\"")
        }
    }

    func int(_ variable: String, _ name: String, explicit: Int? = nil) throws(SettingsFailure) -> Int? {
        if let explicit { return explicit }
        guard let text = string(variable, name) else { return nil }
        guard let value = Int(text) else {
            throw SettingsFailure("\(source(variable, name)) must be a whole number, not \"\(text)\"")
        }
        return value
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ variable: String, _ name: String, explicit: Choice? = nil
    ) throws(SettingsFailure) -> Choice? where Choice.RawValue == String {
        if let explicit { return explicit }
        guard let text = string(variable, name) else { return nil }
        if let value = Choice(rawValue: text.lowercased()) { return value }
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw SettingsFailure("\(source(variable, name)) must be one of \(choices), not \"\(text)\"")
    }

    func whenRequired(_ variable: String, _ name: String) throws(SettingsFailure) -> Bool {
        switch string(variable, name)?.lowercased() {
        case "when_required": return true
        case nil, "when_supported": return false
        case .some(let text):
            throw SettingsFailure(
                "\(source(variable, name)) must be when_supported or when_required, not \"\(text)\"")
        }
    }

    private func source(_ variable: String, _ name: String) -> String {
        environment[variable] != nil ? variable : "\(name) of the profile \"\(profileName)\""
    }
}
