import AWSModel

/// The conditions of a listener's rule: what they may be, and what the proxy makes of them.
///
/// Source: ELBv2 API reference, RuleCondition, and the quota of 5 condition values a rule.
enum RuleConditions {
    /// Each field's member that has its values.
    private static let configs = [
        "path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig", "http-header": "HttpHeaderConfig",
        "http-request-method": "HttpRequestMethodConfig", "query-string": "QueryStringConfig",
        "source-ip": "SourceIpConfig",
    ]
    /// Fields whose values may also stand in the condition's own `Values`.
    private static let short: Set<String> = ["path-pattern", "host-header"]
    private static let mostValues = 5

    /// A condition for the proxy; nil for one of no known field.
    static func condition(_ condition: AWSValue) -> Routing.Condition? {
        func values(_ config: String) -> [String] {
            condition[config]?["Values"]?.strings ?? condition["Values"]?.strings ?? []
        }
        switch condition["Field"]?.string {
        case "path-pattern": return .path(values("PathPatternConfig"))
        case "host-header": return .host(values("HostHeaderConfig"))
        case "http-request-method": return .method(values("HttpRequestMethodConfig"))
        case "http-header":
            return .header(
                name: condition["HttpHeaderConfig"]?["HttpHeaderName"]?.string ?? "", values: values("HttpHeaderConfig")
            )
        case "query-string":
            let pairs = condition["QueryStringConfig"]?["Values"]?.list ?? []
            return .query(pairs.map { ($0["Key"]?.string, $0["Value"]?.string ?? "*") })
        case "source-ip": return .source(values("SourceIpConfig").compactMap(AddressBlock.init))
        default: return nil
        }
    }

    /// Conditions as they are kept and answered: those of paths and hosts in both of their spellings.
    ///
    /// - Throws: `ValidationError` for what a rule cannot have.
    static func checked(_ conditions: [AWSValue]) throws(ServiceError) -> [AWSValue] {
        if conditions.isEmpty { throw refused("A condition must be specified") }
        var kept: [AWSValue] = []
        var fields: Set<String> = []
        var count = 0
        for given in conditions {
            let field = given["Field"]?.string ?? ""
            guard let config = configs[field] else {
                throw refused(
                    "Condition field '\(field)' must be one of "
                        + "'[path-pattern,host-header,http-header,http-request-method,query-string,source-ip]'")
            }
            if !fields.insert(field).inserted, field != "http-header", field != "query-string" {
                throw refused("A rule can only have one '\(field)' condition")
            }
            let values = try values(of: given, field, config)
            count += values.count
            var condition = given
            if short.contains(field) {
                condition["Values"] = .list(values)
                condition[config] = ["Values": .list(values)]
            }
            kept.append(condition)
        }
        guard count <= mostValues else { throw refused("A rule can only have '\(mostValues)' condition values") }
        return kept
    }

    private static func refused(_ message: String) -> ServiceError { ServiceError("ValidationError", message) }

    private static func values(
        of condition: AWSValue, _ field: String, _ config: String
    ) throws(ServiceError) -> [AWSValue] {
        if condition["RegexValues"] != nil || condition[config]?["RegexValues"] != nil {
            throw ServiceError(
                "NotImplemented", "elbv2 conditions with regular expressions are not built into the local cloud",
                status: 501)
        }
        let own = condition["Values"]?.list
        if own != nil {
            guard short.contains(field) else { throw refused("The 'Values' field is not compatible with '\(field)'") }
            guard condition[config] == nil else {
                throw refused("You cannot provide both Values and '\(config)' for a condition of type '\(field)'")
            }
            guard own?.count == 1 else {
                throw refused("The '\(field)' field contains too many values; the limit is '1'")
            }
        } else if condition[config] == nil, !short.contains(field) {
            throw refused("A '\(config)' must be specified with '\(field)'")
        }
        let values = own ?? condition[config]?["Values"]?.list ?? []
        guard !values.isEmpty else { throw refused("A condition value must be specified") }
        if field == "http-header" {
            guard let name = condition[config]?["HttpHeaderName"]?.string, !name.isEmpty else {
                throw refused("An 'HttpHeaderName' must be specified with 'http-header'")
            }
            try limit(name, "HttpHeaderName", 40)
            if name.lowercased() == "host" {
                throw refused("The 'HttpHeaderName' value cannot be 'host'; use a 'host-header' condition")
            }
        }
        for value in values { try check(value, field) }
        return values
    }

    private static func check(_ value: AWSValue, _ field: String) throws(ServiceError) {
        if field == "query-string" {
            guard let text = value["Value"]?.string else {
                throw refused("A 'Value' must be specified in 'QueryStringKeyValuePair'")
            }
            try limit(value["Key"]?.string ?? "", "Key", 128)
            return try limit(text, "Value", 128)
        }
        let text = value.string ?? ""
        if text.isEmpty { throw refused("A condition value must be specified") }
        try limit(text, field, field == "http-request-method" ? 40 : 128)
        switch field {
        case "http-request-method":
            let allowed = text.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "_")
            }
            guard allowed else {
                throw refused(
                    "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore")
            }
        case "source-ip":
            // Of the wider addresses only their form is looked at: nothing here connects from one.
            guard AddressBlock(text) != nil || text.contains(":") && text.contains("/") else {
                throw refused("The 'source-ip' value '\(text)' must be in a valid CIDR format")
            }
        default: break
        }
    }

    private static func limit(_ text: String, _ name: String, _ most: Int) throws(ServiceError) {
        guard text.utf8.count <= most else {
            throw refused("The '\(name)' value is too long; the limit is '\(most)'")
        }
    }
}
