import AWSModel

/// Lifecycle hooks: an instance waits on its way in or out until somebody says go on, or the time is up.
extension AutoScalingService {
    var hookOperations: [String: OperationHandler] {
        [
            "PutLifecycleHook": putLifecycleHook, "DeleteLifecycleHook": deleteLifecycleHook,
            "DescribeLifecycleHooks": describeLifecycleHooks, "CompleteLifecycleAction": completeLifecycleAction,
            "RecordLifecycleActionHeartbeat": recordHeartbeat,
            "DescribeLifecycleHookTypes": { _, _ in
                ["LifecycleHookTypes": .list(Self.transitions.map { .string($0) })]
            },
        ]
    }

    private static let transitions = ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]
    private static let mostHooks = 50

    /// A hook from a call's members or from a group's `LifecycleHookSpecificationList`.
    func hook(_ input: AWSValue, changing old: ScalingGroup.Hook? = nil) throws(ServiceError) -> ScalingGroup.Hook {
        let name = try input.require("LifecycleHookName", code: "ValidationError")
        guard let transition = input["LifecycleTransition"]?.string ?? old?.transition else {
            throw ServiceError("ValidationError", "You must specify a lifecycle transition for the hook \(name)")
        }
        guard name.utf8.allSatisfy({ Self.hookNames.contains($0) }) else {
            throw ServiceError(
                "ValidationError",
                ValidationText.one(
                    "lifecycleHookName", value: name,
                    must: #"satisfy regular expression pattern: [A-Za-z0-9\-_\/]+"#))
        }
        guard Self.transitions.contains(transition) else {
            throw ServiceError(
                "ValidationError",
                "Lifecycle transition '\(transition)' is not valid. Valid transitions are: "
                    + Self.transitions.joined(separator: ", "))
        }
        let timeout = input["HeartbeatTimeout"]?.int ?? old?.timeout ?? 3600
        guard (30...7200).contains(timeout) else {
            throw ServiceError("ValidationError", "Heartbeat timeout must be between 30 and 7200 seconds: \(timeout)")
        }
        let result = input["DefaultResult"]?.string ?? old?.defaultResult ?? "ABANDON"
        guard ["CONTINUE", "ABANDON"].contains(result) else {
            throw ServiceError("ValidationError", "Default result must be CONTINUE or ABANDON: \(result)")
        }
        // An empty target takes the old one away.
        let target = (input["NotificationTargetARN"]?.string ?? old?.targetARN).flatMap { $0.isEmpty ? nil : $0 }
        if let target {
            let parts = target.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count >= 6, parts[0] == "arn", ["sns", "sqs", "lambda"].contains(parts[2]) else {
                throw ServiceError(
                    "ValidationError",
                    "The notification target '\(target)' must be the ARN of an SNS topic, an SQS queue or a Lambda function"
                )
            }
        }
        return ScalingGroup.Hook(
            name: name, transition: transition, timeout: timeout, defaultResult: result,
            metadata: input["NotificationMetadata"]?.string ?? old?.metadata, targetARN: target,
            roleARN: input["RoleARN"]?.string ?? old?.roleARN)
    }

    /// The characters of hooks' names.
    nonisolated static let hookNames = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/".utf8)

    /// Adds a hook to a group, or replaces the one of its name.
    ///
    /// - Throws: `LimitExceeded` for one more than a group can have.
    func put(_ hook: ScalingGroup.Hook, in group: inout ScalingGroup) throws(ServiceError) {
        if let at = group.hooks.firstIndex(where: { $0.name == hook.name }) {
            group.hooks[at] = hook
            return
        }
        guard group.hooks.count < Self.mostHooks else {
            throw ServiceError(
                "LimitExceeded", "An Auto Scaling group can have up to \(Self.mostHooks) lifecycle hooks")
        }
        group.hooks.append(hook)
    }

    private func putLifecycleHook(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var group = try group(input, context)
        let name = try input.require("LifecycleHookName", code: "ValidationError")
        let hook = try hook(input, changing: group.hooks.first { $0.name == name })
        try put(hook, in: &group)
        groups[context.account, context.region, group.name] = group
        return [:]
    }

    private func deleteLifecycleHook(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let name = try input.require("LifecycleHookName", code: "ValidationError")
        guard let hook = group.hooks.first(where: { $0.name == name }) else {
            throw ServiceError("ValidationError", "No Lifecycle Hook found with name: \(name)")
        }
        groups.update(context.account, context.region, group.name) { $0.hooks.removeAll { $0.name == name } }
        // What waits for a hook that is gone goes on with its default.
        for member in group.members where member.waits[name] != nil {
            complete(hook: name, member.id, group.name, result: hook.defaultResult, context.account, context.region)
        }
        return [:]
    }

    private func describeLifecycleHooks(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = input["LifecycleHookNames"]?.strings ?? []
        return [
            "LifecycleHooks": .list(
                group.hooks.filter { names.isEmpty || names.contains($0.name) }.map { hook in
                    .structure([
                        "LifecycleHookName": .string(hook.name), "AutoScalingGroupName": .string(group.name),
                        "LifecycleTransition": .string(hook.transition),
                        "HeartbeatTimeout": .integer(Int64(hook.timeout)),
                        "GlobalTimeout": .integer(Int64(min(172800, hook.timeout * 100))),
                        "DefaultResult": .string(hook.defaultResult),
                        "NotificationMetadata": hook.metadata.map { .string($0) },
                        "NotificationTargetARN": hook.targetARN.map { .string($0) },
                        "RoleARN": hook.roleARN.map { .string($0) },
                    ])
                })
        ]
    }

    /// Lets a member wait for hooks, and tells of it.
    func wait(
        for hooks: [ScalingGroup.Hook], _ id: String, _ name: String, _ lifecycle: ScalingGroup.Lifecycle,
        _ account: String,
        _ region: String
    ) {
        var tokens: [String: String] = [:]
        for hook in hooks { tokens[hook.name] = Identifier.uuid() }
        update(id, in: name, account, region) {
            $0.lifecycle = lifecycle
            $0.waits = tokens
        }
        guard let group = groups[account, region, name] else { return }
        for hook in hooks {
            startTimeout(hook.name, id, name, account, region)
            announce(hook, token: tokens[hook.name] ?? "", id, group, account, region)
        }
    }

    private func announce(
        _ hook: ScalingGroup.Hook, token: String, _ id: String, _ group: ScalingGroup, _ account: String,
        _ region: String
    ) {
        let isLaunch = hook.transition.hasSuffix("LAUNCHING")
        let detail: AWSValue = .structure([
            "LifecycleActionToken": .string(token), "AutoScalingGroupName": .string(group.name),
            "LifecycleHookName": .string(hook.name), "EC2InstanceId": .string(id),
            "LifecycleTransition": .string(hook.transition), "NotificationMetadata": hook.metadata.map { .string($0) },
            "Origin": .string(isLaunch ? "EC2" : "AutoScalingGroup"),
            "Destination": .string(isLaunch ? "AutoScalingGroup" : "EC2"),
        ])
        cloud.events.publish(
            source: "aws.autoscaling",
            detailType: isLaunch ? "EC2 Instance-launch Lifecycle Action" : "EC2 Instance-terminate Lifecycle Action",
            detail: detail, resources: [group.arn], account: account, region: region, time: cloud.clock.now)
        guard let target = hook.targetARN, let service = target.split(separator: ":").dropFirst(2).first else { return }
        var message = detail
        message["Service"] = "AWS Auto Scaling"
        message["Time"] = .string(time())
        message["AccountId"] = .string(account)
        let text = String(decoding: JSON.write(message, pretty: false), as: UTF8.self)
        cloud.spawn { [cloud] in
            let principal = Principal.service("autoscaling.amazonaws.com", account: account)
            do {
                if service == "sns" {
                    _ = try await cloud.call(
                        "sns", "Publish", ["TopicArn": .string(target), "Message": .string(text)], as: principal,
                        region: region)
                } else if service == "sqs" {
                    let queue = target.split(separator: ":").last.map(String.init) ?? ""
                    let url = try await cloud.call(
                        "sqs", "GetQueueUrl", ["QueueName": .string(queue)], as: principal, region: region)
                    _ = try await cloud.call(
                        "sqs", "SendMessage", .structure(["QueueUrl": url["QueueUrl"], "MessageBody": .string(text)]),
                        as: principal,
                        region: region)
                }
            } catch {
                cloud.configuration.log?("lifecycle hook \(hook.name): its notification was not delivered: \(error)")
            }
        }
    }

    /// Ends a wait when its time is up, with the hook's default.
    func startTimeout(_ hook: String, _ id: String, _ name: String, _ account: String, _ region: String) {
        let key = "\(id)/\(hook)"
        waits[key]?.cancel()
        let seconds = groups[account, region, name]?.hooks.first { $0.name == hook }?.timeout ?? 3600
        waits[key] = cloud.spawn { [self] in
            do { try await cloud.clock.sleep(limit: Double(seconds)) } catch { return }
            waits[key] = nil
            let result = groups[account, region, name]?.hooks.first { $0.name == hook }?.defaultResult ?? "ABANDON"
            complete(hook: hook, id, name, result: result, account, region)
        }
    }

    /// The member and hook that a call names, by instance or by token.
    private func waiting(_ input: AWSValue, _ context: CallContext) throws -> (
        group: ScalingGroup, id: String, hook: String
    ) {
        let group = try group(input, context)
        let hook = try input.require("LifecycleHookName", code: "ValidationError")
        let token = input["LifecycleActionToken"]?.string
        let member = group.members.first { member in
            guard let own = member.waits[hook] else { return false }
            if let id = input["InstanceId"]?.string, id != member.id { return false }
            return token == nil || token == own
        }
        guard let member, token != nil || input["InstanceId"] != nil else {
            throw ServiceError(
                "ValidationError",
                "No active Lifecycle Action found with "
                    + (token.map { "token \($0)" } ?? "instance ID \(input["InstanceId"]?.string ?? "")"))
        }
        return (group, member.id, hook)
    }

    private func completeLifecycleAction(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let result = try input.require("LifecycleActionResult", code: "ValidationError")
        guard ["CONTINUE", "ABANDON"].contains(result) else {
            throw ServiceError("ValidationError", "Lifecycle action result must be CONTINUE or ABANDON: \(result)")
        }
        let (group, id, hook) = try waiting(input, context)
        complete(hook: hook, id, group.name, result: result, context.account, context.region)
        return [:]
    }

    private func recordHeartbeat(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let (group, id, hook) = try waiting(input, context)
        startTimeout(hook, id, group.name, context.account, context.region)
        return [:]
    }

    func complete(hook: String, _ id: String, _ name: String, result: String, _ account: String, _ region: String) {
        guard let member = groups[account, region, name]?.members.first(where: { $0.id == id }),
            member.waits[hook] != nil
        else {
            return
        }
        waits.removeValue(forKey: "\(id)/\(hook)")?.cancel()
        update(id, in: name, account, region) { $0.waits[hook] = nil }
        let isLast = member.waits.count == 1
        switch member.lifecycle {
        case .pendingWait where result == "ABANDON":
            let cause =
                "At \(time()) an instance was taken out of service in response to a launch lifecycle hook's result ABANDON."
            end(member: id, of: name, cause: cause, replaces: true, account, region)
        case .pendingWait where isLast:
            update(id, in: name, account, region) { $0.lifecycle = .pendingProceed }
            enterService(id, name, account, region)
        case .terminatingWait where isLast || result == "ABANDON":
            for other in member.waits.keys { waits.removeValue(forKey: "\(id)/\(other)")?.cancel() }
            update(id, in: name, account, region) {
                $0.waits = [:]
                $0.lifecycle = .terminatingProceed
            }
            terminateInstance(id, name, account, region)
        default: break
        }
    }
}
