import AWSModel

/// Checks one rule of a stage's condition and tells the engine whether it is met.
@CloudActor
struct RuleCheck {
    let service: CodePipelineService
    let key: CodePipelineService.Key
    let execution: String
    let stage: String
    let rule: String
    let id: String

    private var cloud: Cloud { service.cloud }

    func run() async {
        guard let engine = service.engine(key), let run = engine.executions[execution],
            let definition = engine.definition(of: run), let stageDefinition = definition.stage(stage),
            let kind = run.rules.first(where: { $0.id == id })?.kind,
            let rule = stageDefinition.conditions(kind).flatMap(\.rules).first(where: { $0.name == self.rule })
        else { return }
        do {
            let configuration = try VariableReferences.resolve(rule.configuration, run, definition)
            let role = try cloud.iam.assume(
                roleARN: rule.roleARN ?? definition.roleARN, by: "codepipeline.amazonaws.com", session: execution)
            let build = PipelineBuild(cloud, key, rule, configuration, as: role, run, definition)
            let verdict = try await withTimeout(rule) { try await check(rule, configuration, role, build) }
            end(verdict.isMet, verdict.summary, code: nil, configuration)
        } catch let failure as ActionFailure {
            end(false, failure.message, code: failure.code, [:])
        } catch let error as ServiceError {
            end(false, error.message, code: error.code, [:])
        } catch {
            if Task.isCancelled { return }
            end(false, "\(error)", code: "InternalError", [:])
        }
    }

    private func end(_ isMet: Bool, _ summary: String, code: String?, _ configuration: [String: String]) {
        service.change(key) { engine, now in
            engine.checked(execution, rule: id, isMet: isMet, now: now) {
                $0.summary = summary
                $0.errorCode = code
                $0.errorMessage = code == nil ? nil : summary
                $0.resolvedConfiguration = configuration
            }
        }
    }

    private typealias Verdict = (isMet: Bool, summary: String)

    /// Ends a check that takes longer than the rule's `timeoutInMinutes`.
    private func withTimeout(
        _ rule: PipelineDefinition.Rule, _ check: @escaping @CloudActor @Sendable () async throws -> Verdict
    ) async throws -> Verdict {
        guard let minutes = rule.timeoutInMinutes else { return try await check() }
        let clock = cloud.clock
        return try await withThrowingTaskGroup(of: Verdict.self) { group in
            group.addTask { try await check() }
            group.addTask {
                try await clock.sleep(limit: Double(minutes) * 60)
                throw ActionFailure("RuleTimedOut", "The rule did not finish within \(minutes) minutes")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? (false, "")
        }
    }

    private func check(
        _ rule: PipelineDefinition.Rule, _ configuration: [String: String], _ role: Principal, _ build: PipelineBuild
    ) async throws -> Verdict {
        switch rule.provider {
        case "CodeBuild":
            try build.authorize(["StartBuild", "BatchGetBuilds"])
            return try await met(by: build) { try build.record(outputs: []) }
        case "Commands":
            return try await met(by: build, as: role) {
                try build.record(commands: rule.commands, roleARN: rule.roleARN ?? build.definition.roleARN)
            }
        case "CloudWatchAlarm": return try await alarm(configuration, role, rule.region ?? key.region)
        case "VariableCheck": return try variable(configuration)
        case "DeploymentWindow": return try window(configuration)
        case "LambdaInvoke":
            let name = configuration["FunctionName"] ?? ""
            let answer = try await cloud.call(
                "lambda", "Invoke", ["FunctionName": .string(name)], as: role, region: rule.region ?? key.region)
            let failed = answer["FunctionError"]?.string != nil
            return (!failed, failed ? "Function \(name) failed" : "Function \(name) succeeded")
        default:
            throw ActionFailure(
                "ConfigurationError", "Rules of provider \(rule.provider) are not built into the local cloud")
        }
    }

    /// Met when a build succeeds. After a restart it is the one that was started before.
    private func met(by build: PipelineBuild, as role: Principal? = nil, _ make: () throws -> BuildRecord) async throws
        -> Verdict
    {
        let run = service.engine(key)?.executions[execution]?.rules.first { $0.id == id }
        var started = run?.externalID
        if started == nil {
            let record = try make()
            service.change(key) { engine, now in engine.note(execution, rule: id, externalID: record.id, now: now) }
            cloud.service(CodeBuildService.self)
                .launch(record, account: key.account, region: build.region, as: role)
            started = record.id
        }
        let failure = PipelineBuild.failure(of: try await build.wait(for: started ?? ""))
        return (failure == nil, failure?.message ?? "Build terminated with state: SUCCEEDED")
    }

    /// Met unless the alarm enters one of the states (ALARM by default) within the wait time.
    private func alarm(_ configuration: [String: String], _ role: Principal, _ region: String) async throws -> Verdict {
        let name = configuration["AlarmName"] ?? ""
        let states = (configuration["AlarmStates"] ?? "ALARM").split(separator: ",").map { String($0).trimmed }
        let end = cloud.clock.now + cloud.clock.duration(aws: (Double(configuration["WaitTime"] ?? "") ?? 0) * 60)
        while true {
            let answer = try await cloud.call(
                "cloudwatch", "DescribeAlarms", ["AlarmNames": [.string(name)]], as: role, region: region)
            let alarms = (answer["MetricAlarms"]?.list ?? []) + (answer["CompositeAlarms"]?.list ?? [])
            guard let state = alarms.first?["StateValue"]?.string else {
                throw ActionFailure("ConfigurationError", "The alarm \(name) does not exist")
            }
            if states.contains(state) { return (false, "Alarm \(name) is in state \(state)") }
            if cloud.clock.now >= end { return (true, "Alarm \(name) is in state \(state)") }
            try await cloud.clock.sleep(aws: 10)
        }
    }

    private func variable(_ configuration: [String: String]) throws -> Verdict {
        let variable = configuration["Variable"] ?? ""
        let value = configuration["Value"] ?? ""
        let isMet: Bool
        switch configuration["Operator"] ?? "EQ" {
        case "EQ": isMet = variable == value
        case "NE": isMet = variable != value
        case "CONTAINS": isMet = variable.contains(value)
        case "MATCHES":
            guard let expression = try? Regex(value) else {
                throw ActionFailure("ConfigurationError", "\(value) is not a regular expression")
            }
            isMet = variable.wholeMatch(of: expression) != nil
        case let other:
            throw ActionFailure("ConfigurationError", "The operator \(other) is not EQ, NE, CONTAINS or MATCHES")
        }
        return (isMet, "\(variable) \(isMet ? "matches" : "does not match") \(value)")
    }

    private func window(_ configuration: [String: String]) throws -> Verdict {
        let text = configuration["Cron"] ?? ""
        if let zone = configuration["TimeZone"], !["UTC", "Etc/UTC"].contains(zone) {
            throw ActionFailure(
                "ConfigurationError", "The local cloud reads deployment windows in UTC only, not in \(zone)")
        }
        guard let cron = ScheduleExpression(text.hasPrefix("cron(") ? text : "cron(\(text))") else {
            throw ActionFailure("ConfigurationError", "\(text) is not a cron expression of six fields")
        }
        // The window is open in the minutes that the expression matches, in UTC.
        let minute = (cloud.clock.now / 60).rounded(.down) * 60
        let isOpen = cron.next(after: minute - 1) == minute
        return (isOpen, isOpen ? "The deployment window is open" : "The deployment window \(text) is closed")
    }
}
