/// What people do to a pipeline under way: transitions, retry, stop, rollback.
extension PipelineEngine {
    mutating func setTransition(
        into stage: String, enabled: Bool, by principal: String, reason: String?, now: Double
    ) throws(PipelineRefusal) {
        guard definition?.stage(stage) != nil else { throw .noSuchStage }
        slots[stage, default: StageSlot()].enabled = enabled
        slots[stage]?.changedBy = principal
        slots[stage]?.changedAt = now
        slots[stage]?.disabledReason = enabled ? nil : reason
        if enabled { admit(to: stage, now: now) }
    }

    mutating func retry(execution id: String, stage: String, mode: String, now: Double) throws(PipelineRefusal) {
        guard let execution = executions[id] else { throw .noSuchExecution }
        guard definition?.stage(stage) != nil, let run = execution.stage(stage) else { throw .noSuchStage }
        if execution.mode != .parallel, slots[stage]?.latest != id { throw .notLatest }
        guard run.status == .failed || run.status == .stopped else {
            throw .notRetryable(
                "the stage's status is \(run.status.rawValue); only a failed or stopped stage can be retried")
        }
        guard execution.mode == .parallel || slots[stage]?.holder == nil else {
            throw .notRetryable("another execution is in the stage")
        }
        if execution.mode != .parallel { slots[stage]?.holder = id }
        mutate(id, now) {
            $0.status = .inProgress
            $0.isAbandoning = false
            $0.stopReason = nil
        }
        mutateStage(id, stage, now) {
            $0.manualRetries += 1
            $0.lastRetryTrigger = "ManualStageRetry"
        }
        emit(.pipeline, id, "RESUMED")
        rerun(id, stage, mode: mode, now: now)
    }

    /// Stops an execution: after its running actions, or (abandon) at once.
    mutating func stop(execution id: String, abandon: Bool, reason: String?, now: Double) throws(PipelineRefusal) {
        guard let execution = executions[id] else { throw .noSuchExecution }
        guard !execution.status.isFinal else { throw .notStoppable }
        guard execution.status != .stopping || (abandon && !execution.isAbandoning) else { throw .alreadyStopping }
        mutate(id, now) {
            $0.status = .stopping
            $0.isAbandoning = abandon
            $0.stopReason = reason
        }
        emit(.pipeline, id, "STOPPING")
        if let stage = execution.waitingFor {
            slots[stage]?.inbound.removeAll { $0 == id }
            finish(id, .stopped, now: now)
            return
        }
        guard let run = execution.stages.first(where: { !$0.status.isFinal }) else {
            return finish(id, .stopped, now: now)
        }
        if abandon || run.phase != .actions {
            for action in execution.actions where action.status == .inProgress {
                update(id, action: action.id, now: now) {
                    $0.status = .abandoned
                    $0.token = nil
                }
                emit(.action, id, "ABANDONED", stage: action.stage, action: action.action, actionID: action.id)
                ask(.abandon(execution: id, stage: action.stage, action: action.action, id: action.id))
            }
            mutate(id, now) { execution in
                for at in execution.rules.indices where execution.rules[at].status == .inProgress {
                    execution.rules[at].status = .abandoned
                }
            }
            stopped(id, run.name, now: now)
        } else {
            mutateStage(id, run.name, now) { $0.status = .stopping }
            if !execution.actions.contains(where: { $0.status == .inProgress }) { stopped(id, run.name, now: now) }
        }
    }

    mutating func stopped(_ id: String, _ stage: String, now: Double) {
        mutateStage(id, stage, now) {
            for (kind, status) in $0.conditionStatus where status == .inProgress {
                $0.conditionStatus[kind] = .abandoned
            }
            $0.status = .stopped
            $0.phase = .done
        }
        emit(.stage, id, "STOPPED", stage: stage)
        finish(id, .stopped, now: now)
        release(stage, from: id, now: now)
    }

    /// Checks that a stage can be rolled back to what `target` ran in it, and returns the execution that does it.
    func rollback(
        of stage: String, to target: String, id: String, trigger: String, detail: String, now: Double
    ) throws(PipelineRefusal) -> PipelineExecution {
        guard let definition, let index = definition.index(of: stage) else { throw .noSuchStage }
        guard let goal = executions[target] else { throw .noSuchExecution }
        guard definition.mode != .parallel else { throw .cannotRollBack("a pipeline in PARALLEL mode has no rollback") }
        guard index > 0 else { throw .cannotRollBack("the source stage cannot be rolled back") }
        guard !goal.isRollback else { throw .cannotRollBack("the target execution is itself a rollback") }
        guard goal.version == version else { throw .outdated }
        guard goal.stage(stage)?.status == .succeeded else {
            throw .cannotRollBack("the target execution did not succeed in stage \(stage)")
        }
        guard slots[stage]?.holder == nil else { throw .cannotRollBack("stage \(stage) is in progress") }
        var execution = PipelineExecution(
            id: id, sequence: 0, version: goal.version, mode: definition.mode, started: now, changed: now,
            triggerType: trigger, triggerDetail: detail)
        execution.isRollback = true
        execution.rollbackTarget = target
        execution.rolledBackStage = stage
        execution.variables = goal.variables
        // What came before the stage: its artifacts and variables are the target's.
        let later = Set(definition.stages[index...].flatMap { $0.actions.flatMap(\.outputs).map(\.name) })
        execution.artifacts = goal.artifacts.filter { !later.contains($0.name) }
        execution.namespaces = goal.namespaces
        return execution
    }

    /// The rollback that a failed stage asks for: to the last execution that succeeded in it, if there is one.
    mutating func rollBackAutomatically(_ stage: String, failed id: String, now: Double) {
        let target = order.reversed().compactMap { executions[$0] }.first {
            $0.id != id && !$0.isRollback && $0.version == version && $0.stage(stage)?.status == .succeeded
        }
        guard let target,
            let execution = try? rollback(
                of: stage, to: target.id, id: makeID(), trigger: "AutomatedRollback",
                detail: "FailedPipelineExecutionId:\(id)",
                now: now)
        else { return }
        mutate(id, now) { $0.statusSummary = "The stage was rolled back to \(target.id)." }
        // Refused only by the limit of executions in flight; the failed stage is then left as it is.
        try? start(execution, now: now)
    }
}
