import AWSModel

extension ELBv2Service {
    var listenerOperations: [String: OperationHandler] {
        [
            "CreateListener": createListener, "DeleteListener": deleteListener, "DescribeListeners": describeListeners,
            "ModifyListener": modifyListener,
            "DescribeListenerAttributes": { input, context in
                _ = try self.listener(input.require("ListenerArn", code: "ValidationError"), context)
                return ["Attributes": []]
            },
        ]
    }

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
    func checked(_ actions: [AWSValue], balancerARN: String, _ context: CallContext) throws -> [AWSValue] {
        guard let last = actions.last else {
            throw ServiceError("ValidationError", "At least one action must be specified")
        }
        guard actions.count == 1 else {
            throw ServiceError(
                "NotImplemented",
                "elbv2 actions of type \(last["Type"]?.string ?? "?") after others are not built into the local cloud",
                status: 501)
        }
        return try actions.map { action in
            var action = action
            switch action["Type"]?.string {
            case "forward":
                let shares = Self.shares(of: action)
                if shares.isEmpty {
                    throw ServiceError(
                        "ValidationError", "You must specify a target group for actions of type 'forward'")
                }
                for (arn, weight) in shares {
                    let record = try group(arn, context)
                    guard (0...999).contains(weight) else {
                        throw ServiceError("ValidationError", "The weight '\(weight)' must be between 0 and 999")
                    }
                    guard record.vpcID == (try balancer(balancerARN, context)).vpcID else {
                        throw ServiceError(
                            "InvalidConfigurationRequest",
                            "The target group '\(arn)' is in another VPC than the load balancer")
                    }
                    if let other = users(of: arn, context.account, context.region).first(where: { $0 != balancerARN }) {
                        throw ServiceError(
                            "TargetGroupAssociationLimit",
                            "The following target groups cannot be associated with more than one load balancer: \(arn) (\(other))"
                        )
                    }
                }
                action["ForwardConfig"] = .structure([
                    "TargetGroups": .list(
                        shares.map { ["TargetGroupArn": .string($0.arn), "Weight": .integer(Int64($0.weight))] }),
                    "TargetGroupStickinessConfig": action["ForwardConfig"]?["TargetGroupStickinessConfig"] ?? [
                        "Enabled": false
                    ],
                ])
                action["TargetGroupArn"] = shares.count == 1 ? .string(shares[0].arn) : nil
            case "redirect":
                guard ["HTTP_301", "HTTP_302"].contains(action["RedirectConfig"]?["StatusCode"]?.string) else {
                    throw ServiceError("ValidationError", "A redirect's status code must be HTTP_301 or HTTP_302")
                }
                for (name, value) in [
                    ("Protocol", "#{protocol}"), ("Port", "#{port}"), ("Host", "#{host}"), ("Path", "/#{path}"),
                    ("Query", "#{query}"),
                ] where action["RedirectConfig"]?[name] == nil {
                    action["RedirectConfig"]?[name] = .string(value)
                }
            case "fixed-response":
                guard let code = action["FixedResponseConfig"]?["StatusCode"]?.string.flatMap(Int.init),
                    (200...599).contains(code)
                else { throw ServiceError("ValidationError", "A fixed response's status code must be 2XX, 4XX or 5XX") }
            default:
                throw ServiceError(
                    "NotImplemented",
                    "elbv2 actions of type \(action["Type"]?.string ?? "?") are not built into the local cloud",
                    status: 501)
            }
            return action
        }
    }

    private func createListener(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let owner = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        guard let port = input["Port"]?.int, (1...65535).contains(port) else {
            throw ServiceError("ValidationError", "A listener's port must be between 1 and 65535")
        }
        let protocolName = input["Protocol"]?.string ?? "HTTP"
        guard protocolName == "HTTP" else {
            throw ServiceError(
                "NotImplemented", "elbv2 listeners for \(protocolName) are not built into the local cloud: use HTTP",
                status: 501)
        }
        let actions = try checked(input["DefaultActions"]?.list ?? [], balancerARN: owner.arn, context)
        if let same = listeners(of: owner.arn, account, region).first(where: { $0.port == port }) {
            guard same.actions == actions else {
                throw ServiceError(
                    "DuplicateListener", "A listener already exists on this port for this load balancer '\(owner.arn)'")
            }
            return ["Listeners": [value(of: same)]]
        }
        let record = ListenerRecord(
            arn: arn("listener/app/\(owner.name)/\(owner.id)/\(Identifier.hex(16))", context), balancerARN: owner.arn,
            port: port, protocolName: protocolName, actions: actions)
        listeners[account, region, record.arn] = record
        if let added = input["Tags"] { tags[account, region, record.arn] = [Tag](added) }
        refreshUse(account, region)
        route(owner.arn, account, region)
        await serve(record, account, region)
        return ["Listeners": [value(of: record)]]
    }

    private func deleteListener(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let record = try listener(input.require("ListenerArn", code: "ValidationError"), context)
        remove(record, context.account, context.region)
        refreshUse(context.account, context.region)
        route(record.balancerARN, context.account, context.region)
        await proxies[record.balancerARN]?.close(port: record.port)
        return [:]
    }

    private func modifyListener(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        var record = try listener(input.require("ListenerArn", code: "ValidationError"), context)
        let oldPort = record.port
        if let actions = input["DefaultActions"]?.list {
            record.actions = try checked(actions, balancerARN: record.balancerARN, context)
        }
        if let port = input["Port"]?.int, port != oldPort {
            guard !listeners(of: record.balancerARN, account, region).contains(where: { $0.port == port }) else {
                throw ServiceError("DuplicateListener", "A listener already exists on this port for this load balancer")
            }
            record.port = port
        }
        listeners[account, region, record.arn] = record
        refreshUse(account, region)
        route(record.balancerARN, account, region)
        if record.port != oldPort {
            await proxies[record.balancerARN]?.close(port: oldPort)
            await serve(record, account, region)
        }
        return ["Listeners": [value(of: record)]]
    }

    private func value(of record: ListenerRecord) -> AWSValue {
        [
            "ListenerArn": .string(record.arn), "LoadBalancerArn": .string(record.balancerARN),
            "Port": .integer(Int64(record.port)), "Protocol": .string(record.protocolName),
            "DefaultActions": .list(record.actions),
        ]
    }

    private func describeListeners(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let found: [ListenerRecord]
        if let arns = input["ListenerArns"]?.strings, !arns.isEmpty {
            found = try arns.map { try listener($0, context) }
        } else {
            let owner = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
            found = listeners(of: owner.arn, context.account, context.region)
        }
        return try page("Listeners", found.map { value(of: $0) }, input)
    }

    /// Gives a load balancer's proxy its rules.
    func route(_ arn: String, _ account: String, _ region: String) {
        guard let proxy = proxies[arn], let record = balancers[account, region, arn] else { return }
        var routing = Routing()
        routing.idleSeconds = record.attributes["idle_timeout.timeout_seconds"].flatMap(Int64.init) ?? 60
        for listener in listeners(of: arn, account, region) {
            var all = rules(of: listener.arn, account, region).compactMap { rule in
                action(rule.actions).map {
                    Routing.Rule(conditions: rule.conditions.compactMap { Self.condition($0) }, action: $0)
                }
            }
            if let last = action(listener.actions) { all.append(Routing.Rule(conditions: [], action: last)) }
            routing.rules[listener.port] = all
        }
        proxy.routing = routing
    }

    private func action(_ actions: [AWSValue]) -> Routing.Action? {
        guard let action = actions.first else { return nil }
        switch action["Type"]?.string {
        case "forward":
            let sticky = action["ForwardConfig"]?["TargetGroupStickinessConfig"]
            return .forward(
                Self.shares(of: action).map { Routing.Share(pool: pool($0.arn), weight: $0.weight) },
                stickySeconds: sticky?["Enabled"]?.bool == true ? sticky?["DurationSeconds"]?.int ?? 3600 : nil)
        case "redirect":
            let settings = action["RedirectConfig"]
            var redirect = Routing.Redirect(status: settings?["StatusCode"]?.string == "HTTP_301" ? 301 : 302)
            if let value = settings?["Protocol"]?.string { redirect.scheme = value }
            if let value = settings?["Host"]?.string { redirect.host = value }
            if let value = settings?["Port"]?.string { redirect.port = value }
            if let value = settings?["Path"]?.string { redirect.path = value }
            if let value = settings?["Query"]?.string { redirect.query = value }
            return .redirect(redirect)
        case "fixed-response":
            let settings = action["FixedResponseConfig"]
            return .fixed(
                status: settings?["StatusCode"]?.string.flatMap(Int.init) ?? 503,
                contentType: settings?["ContentType"]?.string ?? "text/plain",
                body: settings?["MessageBody"]?.string ?? "")
        default: return nil
        }
    }
}
