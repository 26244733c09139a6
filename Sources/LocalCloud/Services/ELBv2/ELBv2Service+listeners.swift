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

    /// The protocol of a listener that a call makes or changes.
    private func protocolName(_ input: AWSValue, before: String? = nil) throws(ServiceError) -> String {
        guard let name = input["Protocol"]?.string ?? before else {
            throw ServiceError("ValidationError", "A listener protocol must be specified")
        }
        guard ["HTTP", "HTTPS"].contains(name) else {
            throw ServiceError("ValidationError", "Listener protocol '\(name)' must be one of 'HTTP, HTTPS'")
        }
        let certificates = input["Certificates"]?.list ?? []
        guard name == "HTTPS" else {
            guard certificates.isEmpty else {
                throw ServiceError("ValidationError", "A certificate cannot be specified for HTTP listeners")
            }
            return name
        }
        guard !certificates.isEmpty else {
            throw ServiceError("ValidationError", "A certificate must be specified for HTTPS listeners")
        }
        throw ServiceError(
            "NotImplemented", "elbv2 listeners for HTTPS are not built into the local cloud: use HTTP", status: 501)
    }

    private func createListener(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let (account, region) = (context.account, context.region)
        let owner = try balancer(input.require("LoadBalancerArn", code: "ValidationError"), context)
        guard let port = input["Port"]?.int else {
            throw ServiceError("ValidationError", "A listener port must be specified")
        }
        let protocolName = try protocolName(input)
        let actions = try checked(input["DefaultActions"]?.list ?? [], balancerARN: owner.arn, port: port, context)
        let given = try Self.checkedTags(input["Tags"])
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
        if !given.isEmpty { tags[account, region, record.arn] = given }
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
        record.protocolName = try protocolName(input, before: record.protocolName)
        let port = input["Port"]?.int
        if let actions = input["DefaultActions"]?.list {
            record.actions = try checked(
                actions, balancerARN: record.balancerARN, port: port ?? oldPort, context)
        }
        if let port, port != oldPort {
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
        let arn = input["LoadBalancerArn"]
        guard arn == nil || input["ListenerArns"] == nil else {
            throw ServiceError(
                "ValidationError", "Listener ARNs and a load balancer ARN cannot be specified at the same time")
        }
        let found: [ListenerRecord]
        if let arns = input["ListenerArns"]?.strings, !arns.isEmpty {
            found = try arns.map { try listener($0, context) }
        } else {
            guard let arn = arn?.string else {
                throw ServiceError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
            }
            let owner = try balancer(arn, context)
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
                    Routing.Rule(conditions: rule.conditions.compactMap { RuleConditions.condition($0) }, action: $0)
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
