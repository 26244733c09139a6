import AWSModel

/// The actions of listeners and rules: what they may be.
///
/// Source: ELBv2 API reference, Action and the shapes of its members.
extension ELBv2Service {
    private nonisolated static let contentTypes = [
        "text/html", "application/json", "application/javascript", "text/css", "text/plain",
    ]

    /// The target groups of a forwarding action with their weights.
    nonisolated static func shares(of action: AWSValue) -> [(arn: String, weight: Int)] {
        if let groups = action["ForwardConfig"]?["TargetGroups"]?.list, !groups.isEmpty {
            return groups.compactMap { group in
                group["TargetGroupArn"]?.string.map { ($0, group["Weight"]?.int ?? 1) }
            }
        }
        return action["TargetGroupArn"]?.string.map { [($0, 1)] } ?? []
    }

    /// Actions as they are kept and answered: in order, a forward with both of its spellings.
    ///
    /// - Parameter port: Of the listener that they belong to.
    func checked(
        _ actions: [AWSValue], balancerARN: String, port: Int, _ context: CallContext
    ) throws -> [AWSValue] {
        guard let last = actions.last else {
            throw ServiceError("ValidationError", "At least one action must be specified")
        }
        let routing: Set<String> = ["forward", "redirect", "fixed-response"]
        if let other = actions.first(where: { !routing.contains($0["Type"]?.string ?? "") }) {
            throw ServiceError(
                "NotImplemented",
                "elbv2 actions of type \(other["Type"]?.string ?? "?") are not built into the local cloud", status: 501)
        }
        guard actions.count == 1 else {
            throw ServiceError(
                "InvalidLoadBalancerAction",
                "Exactly one action of type 'forward', 'redirect' or 'fixed-response' must be specified")
        }
        switch last["Type"]?.string {
        case "forward": return [try forward(last, balancerARN: balancerARN, context)]
        case "redirect": return [try Self.redirect(last, port: port)]
        default: return [try Self.fixedResponse(last)]
        }
    }

    private func forward(
        _ given: AWSValue, balancerARN: String, _ context: CallContext
    ) throws -> AWSValue {
        var action = given
        let shares = Self.shares(of: action)
        if shares.isEmpty {
            throw ServiceError("ValidationError", "You must specify a target group for actions of type 'forward'")
        }
        if let own = action["TargetGroupArn"]?.string, shares.map(\.arn) != [own] {
            throw ServiceError(
                "InvalidLoadBalancerAction",
                "A forward action with both TargetGroupArn and ForwardConfig must name one and the same target group in both"
            )
        }
        for (arn, weight) in shares {
            let record = try group(arn, context)
            guard (0...999).contains(weight) else {
                throw ServiceError("ValidationError", "The weight '\(weight)' must be between 0 and 999")
            }
            guard record.protocolName.hasPrefix("HTTP") else {
                throw ServiceError(
                    "IncompatibleProtocols",
                    "A listener of an application load balancer cannot forward to '\(arn)', whose protocol is \(record.protocolName)"
                )
            }
            guard record.vpcID == (try balancer(balancerARN, context)).vpcID else {
                throw ServiceError(
                    "InvalidConfigurationRequest", "The target group '\(arn)' is in another VPC than the load balancer")
            }
            if let other = users(of: arn, context.account, context.region).first(where: { $0 != balancerARN }) {
                throw ServiceError(
                    "TargetGroupAssociationLimit",
                    "The following target groups cannot be associated with more than one load balancer: \(arn) (\(other))"
                )
            }
        }
        let stickiness = action["ForwardConfig"]?["TargetGroupStickinessConfig"]
        let seconds = stickiness?["DurationSeconds"]?.int
        if seconds.map({ !(1...604800).contains($0) }) ?? (stickiness?["Enabled"]?.bool == true) {
            throw ServiceError(
                "ValidationError", "Target group stickiness duration must be between 1 and 604800 seconds")
        }
        action["ForwardConfig"] = .structure([
            "TargetGroups": .list(
                shares.map { ["TargetGroupArn": .string($0.arn), "Weight": .integer(Int64($0.weight))] }),
            "TargetGroupStickinessConfig": stickiness ?? ["Enabled": false],
        ])
        action["TargetGroupArn"] = shares.count == 1 ? .string(shares[0].arn) : nil
        return action
    }

    private static func missing(_ config: String, _ action: AWSValue) -> ServiceError {
        ServiceError(
            "InvalidLoadBalancerAction",
            "For actions of type '\(action["Type"]?.string ?? "")', you must specify the following fields: '\(config)'")
    }

    private static func redirect(_ given: AWSValue, port: Int) throws(ServiceError) -> AWSValue {
        var action = given
        guard var config = action["RedirectConfig"] else { throw missing("RedirectConfig", action) }
        guard ["HTTP_301", "HTTP_302"].contains(config["StatusCode"]?.string) else {
            throw ServiceError("ValidationError", "A redirect's status code must be HTTP_301 or HTTP_302")
        }
        for (name, value) in [
            ("Protocol", "#{protocol}"), ("Port", "#{port}"), ("Host", "#{host}"), ("Path", "/#{path}"),
            ("Query", "#{query}"),
        ] where config[name] == nil {
            config[name] = .string(value)
        }
        let (scheme, wanted) = (config["Protocol"]?.string ?? "", config["Port"]?.string ?? "")
        let path = config["Path"]?.string ?? ""
        guard ["HTTP", "HTTPS", "#{protocol}"].contains(scheme) else {
            throw ServiceError(
                "InvalidLoadBalancerAction", "The redirect protocol '\(scheme)' must be HTTP, HTTPS or #{protocol}")
        }
        guard wanted == "#{port}" || (1...65535).contains(Int(wanted) ?? 0) else {
            throw ServiceError(
                "InvalidLoadBalancerAction", "The redirect port '\(wanted)' must be between 1 and 65535, or #{port}")
        }
        guard path.hasPrefix("/") else {
            throw ServiceError("InvalidLoadBalancerAction", "The redirect path '\(path)' must begin with '/'")
        }
        // Another query alone leads to the same place.
        let isSame =
            scheme != "HTTPS" && (wanted == "#{port}" || Int(wanted) == port)
            && config["Host"]?.string == "#{host}" && path == "/#{path}"
        if isSame {
            throw ServiceError(
                "InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop.")
        }
        action["RedirectConfig"] = config
        return action
    }

    private static func fixedResponse(_ action: AWSValue) throws(ServiceError) -> AWSValue {
        guard let config = action["FixedResponseConfig"] else { throw missing("FixedResponseConfig", action) }
        let code = config["StatusCode"]?.string ?? ""
        guard code.utf8.count == 3, let number = Int(code), [2, 4, 5].contains(number / 100) else {
            throw ServiceError(
                "ValidationError",
                ValidationText.one(
                    "actions.1.member.fixedResponseConfig.statusCode", value: code,
                    must: #"satisfy regular expression pattern: ^(2|4|5)\d\d$"#))
        }
        if let type = config["ContentType"]?.string, !type.isEmpty, !contentTypes.contains(type) {
            throw ServiceError(
                "InvalidLoadBalancerAction",
                "The ContentType must be one of:" + contentTypes.map { "'\($0)'" }.joined(separator: ", "))
        }
        return action
    }
}
