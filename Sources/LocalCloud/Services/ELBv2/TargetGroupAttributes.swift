/// The attributes of target groups of application load balancers: their defaults, and what each may be.
///
/// Source: ELBv2 API reference, TargetGroupAttribute.
enum TargetGroupAttributes {
    static let defaults = [
        "deregistration_delay.timeout_seconds": "300", "stickiness.enabled": "false", "stickiness.type": "lb_cookie",
        "stickiness.lb_cookie.duration_seconds": "86400", "stickiness.app_cookie.cookie_name": "",
        "stickiness.app_cookie.duration_seconds": "86400", "load_balancing.algorithm.type": "round_robin",
        "load_balancing.algorithm.anomaly_mitigation": "off", "slow_start.duration_seconds": "0",
        "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
        "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
        "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    ]

    private static let choices = [
        "stickiness.enabled": ["true", "false"],
        "load_balancing.algorithm.type": ["round_robin", "least_outstanding_requests", "weighted_random"],
        "load_balancing.algorithm.anomaly_mitigation": ["on", "off"],
        "load_balancing.cross_zone.enabled": ["true", "false", "use_load_balancer_configuration"],
    ]

    /// - Throws: ``ServiceError`` `ValidationError` for a key that there is not and for a value that it cannot have.
    static func check(_ attribute: Tag) throws(ServiceError) {
        let (key, value) = (attribute.key, attribute.value)
        guard defaults[key] != nil else {
            throw ServiceError("ValidationError", "Target group attribute key '\(key)' is not recognized")
        }
        func refused(_ rule: String) -> ServiceError {
            ServiceError("ValidationError", "'\(key)' must be \(rule): '\(value)'")
        }
        let number = Int(value)
        if let allowed = choices[key] {
            guard allowed.contains(value) else { throw refused(allowed.joined(separator: " or ")) }
        } else if key == "deregistration_delay.timeout_seconds" {
            guard (0...3600).contains(number ?? -1) else { throw refused("between 0 and 3600") }
        } else if key == "slow_start.duration_seconds" {
            guard number == 0 || (30...900).contains(number ?? -1) else { throw refused("0 or between 30 and 900") }
        } else if key.hasSuffix(".minimum_healthy_targets.count") {
            // What has unhealthy targets get traffic cannot be turned off.
            let canBeOff = key.contains("dns_failover")
            guard canBeOff && value == "off" || (number ?? 0) >= 1 else {
                throw refused(canBeOff ? "off or 1 or more" : "1 or more")
            }
        } else if key.hasSuffix(".minimum_healthy_targets.percentage") {
            guard value == "off" || (1...100).contains(number ?? 0) else { throw refused("off or between 1 and 100") }
        }
    }

    /// What the attributes of stickiness have to be together.
    static func checkStickiness(_ attributes: [String: String]) throws(ServiceError) {
        let type = attributes["stickiness.type"] ?? ""
        guard ["lb_cookie", "app_cookie"].contains(type) else {
            throw ServiceError("ValidationError", "'stickiness.type' must be lb_cookie or app_cookie: '\(type)'")
        }
        for key in ["stickiness.lb_cookie.duration_seconds", "stickiness.app_cookie.duration_seconds"] {
            guard (1...604800).contains(attributes[key].flatMap(Int.init) ?? 0) else {
                throw ServiceError(
                    "ValidationError", "'\(key)' must be between 1 and 604800: '\(attributes[key] ?? "")'")
            }
        }
        let cookie = attributes["stickiness.app_cookie.cookie_name"] ?? ""
        guard type == "lb_cookie" || !cookie.isEmpty && !cookie.hasPrefix("AWSALB") else {
            throw ServiceError(
                "ValidationError",
                "'stickiness.app_cookie.cookie_name' must name a cookie of the application, not one of AWSALB…: '\(cookie)'"
            )
        }
    }
}
