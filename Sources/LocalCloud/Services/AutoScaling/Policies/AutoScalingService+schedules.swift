import AWSModel

/// Scheduled actions: a group's sizes change at a time, or again and again.
extension AutoScalingService {
    var scheduleOperations: [String: OperationHandler] {
        [
            "PutScheduledUpdateGroupAction": putScheduledAction,
            "BatchPutScheduledUpdateGroupAction": putScheduledActions,
            "DescribeScheduledActions": describeScheduledActions, "DeleteScheduledAction": deleteScheduledAction,
            "BatchDeleteScheduledAction": deleteScheduledActions,
        ]
    }

    private func putScheduledAction(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        try put(input, try group(input, context).name, context)
        return [:]
    }

    private func putScheduledActions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let actions = input["ScheduledUpdateGroupActions"]?.list ?? []
        try Self.checkCount(actions.count)
        let failed = actions.compactMap { action in
            Self.failure(action["ScheduledActionName"]?.string) { () throws(ServiceError) in
                try put(action, group.name, context)
            }
        }
        return ["FailedScheduledUpdateGroupActions": .list(failed)]
    }

    /// How many actions one call makes or deletes.
    private static let mostAtOnce = 50

    private static func checkCount(_ count: Int) throws(ServiceError) {
        guard count <= mostAtOnce else {
            throw ServiceError("ValidationError", "Up to \(mostAtOnce) scheduled actions can be specified: \(count)")
        }
    }

    private static func failure(_ name: String?, _ work: () throws(ServiceError) -> Void) -> AWSValue? {
        do {
            try work()
            return nil
        } catch {
            return [
                "ScheduledActionName": .string(name ?? ""), "ErrorCode": .string(error.code),
                "ErrorMessage": .string(error.message),
            ]
        }
    }

    private func put(_ input: AWSValue, _ groupName: String, _ context: CallContext) throws(ServiceError) {
        let group = try group(groupName, context)
        let name = try input.require("ScheduledActionName", code: "ValidationError")
        var action = ScalingGroup.Scheduled(
            name: name,
            arn: group.scheduled?.first { $0.name == name }?.arn
                ?? "arn:aws:autoscaling:\(context.region):\(context.account):scheduledUpdateGroupAction:"
                + "\(Identifier.uuid()):autoScalingGroupName/\(group.name):scheduledActionName/\(name)",
            minimum: input["MinSize"]?.int, maximum: input["MaxSize"]?.int, desired: input["DesiredCapacity"]?.int,
            start: (input["StartTime"] ?? input["Time"])?.double, end: input["EndTime"]?.double,
            recurrence: input["Recurrence"]?.string, timeZone: input["TimeZone"]?.string)
        try check(action)
        if action.recurrence != nil, action.start == nil { action.start = Self.next(action, after: cloud.clock.now) }
        groups.update(context.account, context.region, group.name) { group in
            var scheduled = group.scheduled ?? []
            scheduled.removeAll { $0.name == name }
            group.scheduled = scheduled + [action]
        }
        arm(action, of: group.name, context.account, context.region)
    }

    private func check(_ action: ScalingGroup.Scheduled) throws(ServiceError) {
        func refuse(_ message: String) throws(ServiceError) { throw ServiceError("ValidationError", message) }
        if action.minimum == nil, action.maximum == nil, action.desired == nil {
            try refuse("At least one of MinSize, MaxSize and DesiredCapacity must be specified")
        }
        if let size = [action.minimum, action.maximum, action.desired].lazy.compactMap(\.self).first(where: { $0 < 0 })
        {
            try refuse("MinSize, MaxSize and DesiredCapacity must be greater than or equal to 0: \(size)")
        }
        if let minimum = action.minimum, let maximum = action.maximum, minimum > maximum {
            try refuse("Max bound, \(maximum), must be greater than or equal to min bound, \(minimum)")
        }
        if let zone = action.timeZone, !["UTC", "Etc/UTC", "GMT", "Etc/GMT"].contains(zone) {
            throw ServiceError(
                "NotImplemented",
                "autoscaling schedules in the time zone \(zone) are not built into the local cloud: use UTC",
                status: 501)
        }
        if let start = action.start, let end = action.end, end <= start {
            try refuse("End time must be after start time")
        }
        if let recurrence = action.recurrence {
            if Recurrence(recurrence) == nil { try refuse("Given recurrence string: \(recurrence) is invalid") }
        } else if let start = action.start {
            if start <= cloud.clock.now { try refuse("Given start time is in the past") }
        } else {
            try refuse("Either a recurrence or a start time must be specified")
        }
    }

    /// The time of an action after a moment; nil when there is none any more.
    private static func next(_ action: ScalingGroup.Scheduled, after time: Double) -> Double? {
        guard let recurrence = action.recurrence.flatMap({ Recurrence($0) }) else {
            return action.start.flatMap { $0 > time ? $0 : nil }
        }
        // A time that the start names exactly counts.
        guard let next = recurrence.next(after: max(time, (action.start ?? 0) - 1)) else { return nil }
        if let end = action.end, next > end { return nil }
        return next
    }

    private func key(_ name: String, _ group: String, _ account: String, _ region: String) -> String {
        "\(account)/\(region)/\(group)/\(name)"
    }

    /// Waits for an action's times, as long as the group has it as it is now.
    func arm(_ action: ScalingGroup.Scheduled, of group: String, _ account: String, _ region: String) {
        let key = key(action.name, group, account, region)
        scheduleTasks[key]?.cancel()
        scheduleTasks[key] = cloud.spawn { [self] in
            var now = cloud.clock.now
            while let due = Self.next(action, after: now) {
                do { try await cloud.clock.sleep(limit: due - cloud.clock.now) } catch { return }
                guard groups[account, region, group]?.scheduled?.contains(action) == true else { return }
                carryOut(action, on: group, account, region)
                now = due
            }
            // What has no time left is gone, as on AWS.
            guard !Task.isCancelled else { return }
            groups.update(account, region, group) { $0.scheduled?.removeAll { $0 == action } }
            scheduleTasks[key] = nil
        }
    }

    private func carryOut(_ action: ScalingGroup.Scheduled, on name: String, _ account: String, _ region: String) {
        guard let group = groups[account, region, name], !group.isBeingDeleted,
            !group.suspended.contains("ScheduledActions")
        else { return }
        groups.update(account, region, name) { group in
            if let minimum = action.minimum { group.minimum = minimum }
            if let maximum = action.maximum { group.maximum = maximum }
            // One bound alone moves the other where it would be on the wrong side.
            if action.minimum == nil { group.minimum = min(group.minimum, group.maximum) }
            group.maximum = max(group.maximum, group.minimum)
            group.desired = min(max(action.desired ?? group.desired, group.minimum), group.maximum)
        }
        let desired = groups[account, region, name]?.desired ?? group.desired
        if desired != group.desired {
            groups.update(account, region, name) {
                $0.changeCause =
                    "At \(time()) the scheduled action \(action.name) set group sizes changing the desired capacity from "
                    + "\(group.desired) to \(desired)."
            }
        }
        kick(name, account, region)
    }

    private func describeScheduledActions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var owners = groups.all(account: context.account, region: context.region)
        if let name = input["AutoScalingGroupName"]?.string { owners = [try group(name, context)] }
        let names = input["ScheduledActionNames"]?.strings ?? []
        let (from, until) = (input["StartTime"]?.double ?? 0, input["EndTime"]?.double ?? .infinity)
        let now = cloud.clock.now
        let rows = owners.flatMap { group in
            (group.scheduled ?? []).compactMap { action -> AWSValue? in
                let time = Self.next(action, after: now) ?? action.start ?? 0
                guard names.isEmpty || names.contains(action.name) || names.contains(action.arn), time >= from,
                    time <= until
                else { return nil }
                return .structure([
                    "AutoScalingGroupName": .string(group.name), "ScheduledActionName": .string(action.name),
                    "ScheduledActionARN": .string(action.arn), "Time": .timestamp(time), "StartTime": .timestamp(time),
                    "EndTime": action.end.map { .timestamp($0) }, "Recurrence": action.recurrence.map { .string($0) },
                    "MinSize": action.minimum.map { .integer(Int64($0)) },
                    "MaxSize": action.maximum.map { .integer(Int64($0)) },
                    "DesiredCapacity": action.desired.map { .integer(Int64($0)) },
                    "TimeZone": action.timeZone.map { .string($0) },
                ])
            }
        }
        let page = try Page.of(
            rows, token: input["NextToken"]?.string, limit: try Self.records(input, 50),
            invalidToken: "InvalidNextToken")
        return .structure([
            "ScheduledUpdateGroupActions": .list(page.elements), "NextToken": page.next.map { .string($0) },
        ])
    }

    private func delete(_ name: String, of group: String, _ context: CallContext) throws(ServiceError) {
        guard let scheduled = try self.group(group, context).scheduled, scheduled.contains(where: { $0.name == name })
        else {
            throw ServiceError(
                "ValidationError", "Scheduled action name not found - Scheduled action '\(name)' not found")
        }
        groups.update(context.account, context.region, group) { $0.scheduled?.removeAll { $0.name == name } }
        scheduleTasks.removeValue(forKey: key(name, group, context.account, context.region))?.cancel()
    }

    private func deleteScheduledAction(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        try delete(input.require("ScheduledActionName", code: "ValidationError"), of: group.name, context)
        return [:]
    }

    private func deleteScheduledActions(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let group = try group(input, context)
        let names = input["ScheduledActionNames"]?.strings ?? []
        try Self.checkCount(names.count)
        let failed = names.compactMap { name in
            Self.failure(name) { () throws(ServiceError) in try delete(name, of: group.name, context) }
        }
        return ["FailedScheduledActions": .list(failed)]
    }
}
