import AWSModel

extension CloudEvent {
    /// The event as rules see it and targets get it.
    var value: AWSValue {
        [
            "version": "0", "id": .string(id), "detail-type": .string(detailType), "source": .string(source),
            "account": .string(account), "time": .string(Timestamps.format(time.rounded(.down), as: .iso8601)),
            "region": .string(region), "resources": .list(resources.map { .string($0) }), "detail": detail,
        ]
    }
}

extension EventsService {
    /// Carries an event to the targets of every rule that it matches.
    func route(_ event: CloudEvent) {
        let value = event.value
        for rule in rules.all(account: event.account, region: event.region) {
            guard rule.isEnabled, rule.bus == event.bus, let text = rule.pattern, let pattern = try? EventPattern(text),
                pattern.matches(value)
            else { continue }
            deliver(value, rule, event.account, event.region)
        }
    }

    func deliver(_ event: AWSValue, _ rule: EventRule, _ account: String, _ region: String) {
        for target in rule.targets {
            cloud.spawn { [self] in
                for attempt in 0..<3 {
                    do {
                        if attempt > 0 { try await cloud.clock.sleep(aws: 60) }
                        try await send(event, to: target, rule, account, region)
                        return
                    } catch is CancellationError {
                        return
                    } catch {
                        cloud.configuration.log?(
                            "events: rule \(rule.name) did not reach \(target["Arn"]?.string ?? "?"): \(error)")
                    }
                }
            }
        }
    }

    private func send(
        _ event: AWSValue, to target: AWSValue, _ rule: EventRule, _ account: String, _ region: String
    ) async throws {
        let parts = (target["Arn"]?.string ?? "").split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count == 6 else { return }
        let input = TargetInput(target).text(for: event, rule: rule)
        let service = Principal.service("events.amazonaws.com", account: parts[4], for: rule.arn)
        switch parts[2] {
        case "sns":
            _ = try await cloud.call(
                "sns", "Publish", ["TopicArn": target["Arn"] ?? "", "Message": .string(input)], as: service,
                region: parts[3])
        case "sqs":
            _ = try await cloud.call(
                "sqs", "SendMessage",
                .structure([
                    "QueueUrl": .string("\(cloud.endpoint)/\(parts[4])/\(parts[5])"), "MessageBody": .string(input),
                    "MessageGroupId": target["SqsParameters"]?["MessageGroupId"],
                ]), as: service, region: parts[3])
        case "codepipeline":
            try cloud.service(CodePipelineService.self).startFromRule(
                pipelineARN: target["Arn"]?.string ?? "", ruleARN: rule.arn, as: try role(target, rule))
        case "codebuild":
            let name = parts[5].split(separator: "/").last.map(String.init) ?? parts[5]
            var call = (target["Input"]?.string).flatMap { try? JSON.parse($0) } ?? [:]
            call["projectName"] = .string(name)
            _ = try await cloud.call(
                "codebuild", "StartBuild", call, as: try role(target, rule), region: parts[3])
        case "logs": try await log(input, parts, service)
        case "events":
            let bus = parts[5].split(separator: "/").last.map(String.init) ?? "default"
            cloud.events.publish(
                CloudEvent(
                    id: Identifier.uuid(), source: event["source"]?.string ?? "",
                    detailType: event["detail-type"]?.string ?? "",
                    detail: event["detail"] ?? [:], resources: event["resources"]?.strings ?? [], account: parts[4],
                    region: parts[3], time: cloud.clock.now, bus: bus))
        default:
            cloud.configuration.log?(
                "events: rule \(rule.name): targets of \(parts[2]) are not built into the local cloud")
        }
    }

    private func role(_ target: AWSValue, _ rule: EventRule) throws(ServiceError) -> Principal {
        try cloud.iam.assume(
            roleARN: target["RoleArn"]?.string ?? rule.roleARN ?? "", by: "events.amazonaws.com",
            session: Identifier.hex(32))
    }

    private func log(_ text: String, _ parts: [String], _ service: Principal) async throws {
        let group = parts[5].dropFirst("log-group:".count)
        let name = AWSValue.string(String(group.hasSuffix(":*") ? group.dropLast(2) : group))
        let stream = AWSValue.string(Identifier.uuid())
        _ = try await cloud.call(
            "logs", "CreateLogStream", ["logGroupName": name, "logStreamName": stream], as: service, region: parts[3])
        _ = try await cloud.call(
            "logs", "PutLogEvents",
            [
                "logGroupName": name, "logStreamName": stream,
                "logEvents": [
                    ["timestamp": .integer(Int64(cloud.clock.now * 1000)), "message": .string(text)]
                ],
            ], as: service, region: parts[3])
    }

    /// Fires schedules: looks once a second, and once for each moment that a manual clock jumps over.
    func runSchedules() async {
        while !Task.isCancelled {
            let now = cloud.clock.now
            for (account, region, _, rule) in rules.everything() {
                guard rule.isEnabled, let text = rule.schedule, let schedule = ScheduleExpression(text),
                    let due = schedule.next(after: rule.lastFired ?? now), due <= now
                else { continue }
                var fired = rule
                fired.lastFired = now
                rules[account, region, "\(rule.bus)/\(rule.name)"] = fired
                let event = CloudEvent(
                    id: Identifier.uuid(), source: "aws.events", detailType: "Scheduled Event", detail: [:],
                    resources: [rule.arn], account: account, region: region, time: now)
                deliver(event.value, fired, account, region)
            }
            do { try await cloud.clock.sleep(real: 1) } catch { return }
        }
    }
}
