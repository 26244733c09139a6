/// Conditions on a stage's entry, success and failure, each with rules that are checked together.
extension PipelineEngine {
    mutating func checkConditions(_ kind: PipelineDefinition.ConditionKind, _ id: String, _ stage: String, now: Double)
    {
        guard let execution = executions[id], let definition = stageDefinition(execution, stage) else { return }
        let phase: StageRun.Phase =
            switch kind {
            case .beforeEntry: .beforeEntry
            case .onSuccess: .onSuccess
            case .onFailure: .onFailure
            }
        var runs: [RuleRun] = []
        for (index, condition) in definition.conditions(kind).enumerated() {
            for rule in condition.rules {
                runs.append(
                    RuleRun(
                        id: makeID(), stage: stage, kind: kind, condition: index, rule: rule.name, started: now,
                        changed: now))
            }
        }
        slots[stage]?.latestConditions[kind.rawValue] = id
        mutate(id, now) { $0.rules += runs }
        mutateStage(id, stage, now) {
            $0.phase = phase
            $0.rules = runs.map(\.id)
            $0.conditionStatus[kind.rawValue] = .inProgress
        }
        for run in runs { ask(.check(execution: id, stage: stage, rule: run.rule, id: run.id)) }
    }

    /// A rule was checked: whether it is met, or could not be checked at all (`errorCode`).
    mutating func checked(
        _ id: String, rule runID: String, isMet: Bool, now: Double, _ change: (inout RuleRun) -> Void = { _ in }
    ) {
        guard let at = executions[id]?.rules.firstIndex(where: { $0.id == runID && $0.status == .inProgress }),
            let run = executions[id]?.rules[at], executions[id]?.stage(run.stage)?.rules.contains(runID) == true
        else { return }
        mutate(id, now) {
            change(&$0.rules[at])
            $0.rules[at].status = isMet ? .succeeded : .failed
            $0.rules[at].changed = now
        }
        settleConditions(id, run.stage, run.kind, now: now)
    }

    /// Notes the build that checks a rule.
    mutating func note(_ id: String, rule runID: String, externalID: String, now: Double) {
        guard let at = executions[id]?.rules.firstIndex(where: { $0.id == runID }) else { return }
        mutate(id, now) { $0.rules[at].externalID = externalID }
    }

    private mutating func settleConditions(
        _ id: String, _ stage: String, _ kind: PipelineDefinition.ConditionKind, now: Double
    ) {
        guard let execution = executions[id], let run = execution.stage(stage) else { return }
        let rules = execution.rules.filter { run.rules.contains($0.id) }
        guard !rules.contains(where: { $0.status == .inProgress }) else { return }
        if execution.status == .stopping { return stopped(id, stage, now: now) }
        let failed = rules.filter { $0.status == .failed }
        let status: ConditionStatus =
            failed.isEmpty ? .succeeded : failed.allSatisfy({ $0.errorCode != nil }) ? .errored : .failed
        mutateStage(id, stage, now) { $0.conditionStatus[kind.rawValue] = status }
        let conditions = stageDefinition(execution, stage)?.conditions(kind) ?? []
        let broken = conditions.indices.first { index in failed.contains { $0.condition == index } }
        conclude(kind, id, stage, result: broken.map { conditions[$0].result }, now: now)
    }

    /// Goes on after a condition: `result` is nil when it was met (or overridden).
    private mutating func conclude(
        _ kind: PipelineDefinition.ConditionKind, _ id: String, _ stage: String, result: String?, now: Double
    ) {
        switch (kind, result) {
        case (.beforeEntry, nil): startActions(id, stage, now: now)
        case (.onSuccess, nil): pass(id, stage, as: .succeeded, now: now)
        case (.onFailure, nil): failStage(id, stage, now: now)
        case (_, let result?): apply(result, id, stage, now: now)
        }
    }

    /// Lets an execution past a condition that failed.
    mutating func override(
        _ kind: PipelineDefinition.ConditionKind, execution id: String, stage: String, now: Double
    ) throws(PipelineRefusal) {
        guard let execution = executions[id] else { throw .noSuchExecution }
        guard let run = execution.stage(stage) else { throw .noSuchStage }
        let status = run.conditionStatus[kind.rawValue]
        guard slots[stage]?.latest == id else { throw .notLatest }
        guard kind != .onFailure, status == .failed || status == .errored || status == .inProgress else {
            throw .notOverridable
        }
        mutate(id, now) { execution in
            for at in execution.rules.indices where run.rules.contains(execution.rules[at].id) {
                if execution.rules[at].status == .inProgress { execution.rules[at].status = .abandoned }
            }
            execution.status = .inProgress
        }
        mutateStage(id, stage, now) {
            $0.status = .inProgress
            $0.rules = []
            $0.conditionStatus[kind.rawValue] = .overridden
        }
        if execution.mode != .parallel { slots[stage]?.holder = id }
        if execution.status == .failed { emit(.pipeline, id, "RESUMED") }
        conclude(kind, id, stage, result: nil, now: now)
    }
}
