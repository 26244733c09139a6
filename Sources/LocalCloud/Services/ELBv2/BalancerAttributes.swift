/// The attributes of application load balancers: their defaults, and what each may be.
///
/// Source: ELBv2 API reference, LoadBalancerAttribute.
enum BalancerAttributes {
    static let defaults = [
        "access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": "",
        "idle_timeout.timeout_seconds": "60", "deletion_protection.enabled": "false", "routing.http2.enabled": "true",
        "routing.http.drop_invalid_header_fields.enabled": "false", "routing.http.xff_client_port.enabled": "false",
        "routing.http.preserve_host_header.enabled": "false", "routing.http.xff_header_processing.mode": "append",
        "load_balancing.cross_zone.enabled": "true", "routing.http.desync_mitigation_mode": "defensive",
        "waf.fail_open.enabled": "false", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "zonal_shift.config.enabled": "false", "connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "",
        "connection_logs.s3.prefix": "", "client_keep_alive.seconds": "3600",
        "health_check_logs.s3.enabled": "false", "health_check_logs.s3.bucket": "", "health_check_logs.s3.prefix": "",
    ]

    private static let choices = [
        "routing.http.xff_header_processing.mode": ["append", "preserve", "remove"],
        "routing.http.desync_mitigation_mode": ["monitor", "defensive", "strictest"],
        // Cross-zone balancing cannot be turned off for application load balancers.
        "load_balancing.cross_zone.enabled": ["true"],
    ]

    private static let ranges = [
        "idle_timeout.timeout_seconds": 1...4000, "client_keep_alive.seconds": 60...604800,
    ]

    /// - Throws: ``ServiceError`` `ValidationError` for a key that there is not and for a value that it cannot have.
    static func check(_ attribute: Tag) throws(ServiceError) {
        let (key, value) = (attribute.key, attribute.value)
        guard defaults[key] != nil else {
            throw ServiceError("ValidationError", "Load balancer attribute key '\(key)' is not recognized")
        }
        if let range = ranges[key] {
            guard let number = Int(value), range.contains(number) else {
                throw ServiceError(
                    "ValidationError",
                    "Load balancer attribute '\(key)' must be between \(range.lowerBound) and \(range.upperBound): '\(value)'"
                )
            }
        } else if let allowed = choices[key] ?? (key.hasSuffix(".enabled") ? ["true", "false"] : nil),
            !allowed.contains(value)
        {
            throw ServiceError(
                "ValidationError",
                "Load balancer attribute '\(key)' must be \(allowed.joined(separator: " or ")): '\(value)'")
        }
    }
}
