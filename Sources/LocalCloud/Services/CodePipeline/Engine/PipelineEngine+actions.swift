/// The actions of a stage: groups by run order, results, the end of the stage.
extension PipelineEngine {
    mutating func startActions(_ id: String, _ stage: String, now: Double) {
        mutateStage(id, stage, now) { $0.phase = .actions }
        startNextGroup(id, stage, now: now)
    }

    /// Starts the pending actions of the lowest run order, or ends the stage when none is left.
    private mutating func startNextGroup(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let run = execution.stage(stage),
            let definition = stageDefinition(execution, stage)
        else { return }
        let pending = definition.actions.filter { run.pending.contains($0.name) }
        guard let order = pending.map(\.runOrder).min() else { return succeed(id, stage, now: now) }
        for action in pending where action.runOrder == order {
            let run = ActionRun(id: makeID(), stage: stage, action: action.name, started: now, changed: now)
            mutate(id, now) { $0.actions.append(run) }
            mutateStage(id, stage, now) {
                $0.pending.removeAll { $0 == action.name }
                $0.attempt.append(run.id)
            }
            slots[stage]?.latestByAction[action.name] = id
            emit(.action, id, "STARTED", stage: stage, action: action.name, actionID: run.id)
            ask(.run(execution: id, stage: stage, action: action.name, id: run.id))
        }
    }

    /// Changes what is known of a running action: its external id, its token, its progress. What an action tells again when
    /// it goes on after a restart is no change.
    mutating func update(_ id: String, action runID: String, now: Double, _ change: (inout ActionRun) -> Void) {
        mutate(id, now) { execution in
            guard let at = execution.actions.firstIndex(where: { $0.id == runID && $0.status == .inProgress }) else {
                return
            }
            let before = execution.actions[at]
            change(&execution.actions[at])
            if execution.actions[at] != before { execution.actions[at].changed = now }
        }
    }

    /// An action has ended. The results of abandoned actions are ignored.
    mutating func finished(
        _ id: String, action runID: String, succeeded: Bool, now: Double, _ change: (inout ActionRun) -> Void = { _ in }
    ) {
        guard let execution = executions[id], let run = execution.action(id: runID), run.status == .inProgress else {
            return
        }
        update(id, action: runID, now: now) {
            change(&$0)
            $0.status = succeeded ? .succeeded : .failed
            $0.token = nil
        }
        if succeeded, let done = executions[id]?.action(id: runID) {
            let namespace = stageDefinition(execution, run.stage)?.action(run.action)?.namespace
            mutate(id, now) {
                for artifact in done.outputs {
                    $0.artifacts.removeAll { $0.name == artifact.name }
                    $0.artifacts.append(artifact)
                }
                if let namespace { $0.namespaces[namespace] = done.variables }
            }
        }
        emit(.action, id, succeeded ? "SUCCEEDED" : "FAILED", stage: run.stage, action: run.action, actionID: runID)
        settle(id, run.stage, now: now)
    }

    /// Goes on with a stage when none of its actions is running any more.
    private mutating func settle(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let run = execution.stage(stage), run.phase == .actions,
            !run.status.isFinal
        else { return }
        let attempt = execution.actions.filter { run.attempt.contains($0.id) }
        guard !attempt.contains(where: { $0.status == .inProgress }) else { return }
        if execution.status == .stopping {
            stopped(id, stage, now: now)
        } else if attempt.contains(where: { $0.status != .succeeded }) {
            fail(id, stage, now: now)
        } else {
            startNextGroup(id, stage, now: now)
        }
    }

    private mutating func succeed(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let definition = stageDefinition(execution, stage) else { return }
        if definition.onSuccess.isEmpty || execution.isRollback {
            pass(id, stage, as: .succeeded, now: now)
        } else {
            checkConditions(.onSuccess, id, stage, now: now)
        }
    }

    /// Ends a stage well (or skipped) and moves the execution on.
    mutating func pass(_ id: String, _ stage: String, as status: StageStatus, now: Double) {
        mutateStage(id, stage, now) {
            $0.status = status
            $0.phase = .done
        }
        emit(.stage, id, "SUCCEEDED", stage: stage)
        leave(id, stage, now: now)
    }

    /// A stage's actions failed: its failure conditions and results come first, then the stage and the execution fail.
    private mutating func fail(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let definition = stageDefinition(execution, stage) else { return }
        if execution.isRollback {
            failStage(id, stage, now: now)
        } else if !definition.onFailure.isEmpty {
            checkConditions(.onFailure, id, stage, now: now)
        } else {
            apply(definition.failureResult ?? "FAIL", id, stage, now: now)
        }
    }

    /// Ends a stage badly: the execution fails and the stage is free.
    mutating func failStage(_ id: String, _ stage: String, rollingBack: Bool = false, now: Double) {
        mutateStage(id, stage, now) {
            $0.status = .failed
            $0.phase = .done
        }
        emit(.stage, id, "FAILED", stage: stage)
        finish(id, .failed, now: now)
        if slots[stage]?.holder == id { slots[stage]?.holder = nil }
        // Before whoever waits: the rollback is the newest execution.
        if rollingBack { rollBackAutomatically(stage, failed: id, now: now) }
        release(stage, from: id, now: now)
    }

    /// Does what a condition or a failure leads to.
    mutating func apply(_ result: String, _ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let run = execution.stage(stage) else { return }
        switch result {
        case "SKIP":
            pass(id, stage, as: .skipped, now: now)
        case "RETRY" where run.automaticRetries == 0:
            let mode = stageDefinition(execution, stage)?.retryMode ?? "ALL_ACTIONS"
            mutateStage(id, stage, now) {
                $0.automaticRetries += 1
                $0.lastRetryTrigger = "AutomatedStageRetry"
            }
            rerun(id, stage, mode: mode, now: now)
        case "ROLLBACK":
            failStage(id, stage, rollingBack: true, now: now)
        default:
            failStage(id, stage, now: now)
        }
    }

    /// Runs a stage's actions again: all of them, or those that failed and what comes after them.
    mutating func rerun(_ id: String, _ stage: String, mode: String, now: Double) {
        guard let execution = executions[id], let run = execution.stage(stage),
            let definition = stageDefinition(execution, stage)
        else { return }
        let attempt = execution.actions.filter { run.attempt.contains($0.id) }
        let kept = mode == "ALL_ACTIONS" ? [] : attempt.filter { $0.status == .succeeded }
        mutateStage(id, stage, now) {
            $0.status = .inProgress
            $0.attempt = kept.map(\.id)
            $0.pending = definition.actions.map(\.name).filter { name in !kept.contains { $0.action == name } }
        }
        emit(.stage, id, "RESUMED", stage: stage)
        startActions(id, stage, now: now)
    }
}
