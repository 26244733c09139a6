/// Settings of S3 that a client may give; nil leaves each to the environment and the profile.
public struct S3Options: Sendable, Hashable {
    public enum AddressingStyle: String, Sendable, CaseIterable { case auto, virtual, path }

    public var addressingStyle: AddressingStyle?
    public var usesAcceleration: Bool?
    /// Whether the region in an ARN may differ from the client's.
    public var usesARNRegion: Bool?
    /// Whether bodies are signed even where TLS and a checksum protect them.
    public var signsPayloads: Bool?

    public init() {}
}

struct S3Settings: Sendable {
    let addressingStyle: S3Options.AddressingStyle
    let usesAcceleration: Bool
    let usesDualStack: Bool
    let usesARNRegion: Bool
    let disablesMultiRegionAccessPoints: Bool
    let disablesExpressSessions: Bool
    let usesGlobalEndpoint: Bool
    let signsPayloads: Bool?

    init(_ options: S3Options, lookup: Lookup) throws(SettingsFailure) {
        let group = lookup.profile.groups["s3"] ?? [:]
        let isTrue = { (name: String) in group[name]?.lowercased() == "true" }
        if let style = options.addressingStyle {
            addressingStyle = style
        } else if let text = group["addressing_style"] {
            guard let style = S3Options.AddressingStyle(rawValue: text.lowercased()) else {
                throw SettingsFailure("s3.addressing_style must be auto, virtual or path, not \"\(text)\"")
            }
            addressingStyle = style
        } else {
            addressingStyle = .auto
        }
        usesAcceleration = options.usesAcceleration ?? isTrue("use_accelerate_endpoint")
        usesDualStack = isTrue("use_dualstack_endpoint")
        let inGroup = group["use_arn_region"].map { $0.lowercased() == "true" }
        usesARNRegion =
            try lookup.bool("AWS_S3_USE_ARN_REGION", "s3_use_arn_region", explicit: options.usesARNRegion) ?? inGroup
            ?? true
        disablesMultiRegionAccessPoints =
            try lookup.bool("AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS", "s3_disable_multiregion_access_points") ?? false
        disablesExpressSessions =
            try lookup.bool("AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "s3_disable_express_session_auth") ?? false
        usesGlobalEndpoint =
            (lookup.environment["AWS_S3_US_EAST_1_REGIONAL_ENDPOINT"] ?? group["us_east_1_regional_endpoint"])
            == "legacy"
        signsPayloads = options.signsPayloads ?? group["payload_signing_enabled"].map { $0.lowercased() == "true" }
    }
}
