/// The state machine of one pipeline: executions, stage locks, what waits and what enters. No input or output: callers
/// report what happened, and do what ``drain()`` returns.
///
/// The course of an execution: it *arrives* at a stage; it *enters* when the transition is enabled and no other execution is
/// in the stage (PARALLEL has no locks); its actions run in groups of equal run order; when all have succeeded it leaves and
/// arrives at the next. A failure or a stop frees the stage. In SUPERSEDED mode only the newest execution waits before a
/// stage; in QUEUED mode all wait in line.
struct PipelineEngine: Sendable {
    /// Executions in flight at once in QUEUED and PARALLEL mode.
    static let concurrencyLimit = 50

    var definitions: [Int: PipelineDefinition]
    /// The present version.
    var version: Int
    var slots: [String: StageSlot] = [:]
    private(set) var executions: [String: PipelineExecution] = [:]
    /// Ids, oldest first.
    private(set) var order: [String] = []
    private(set) var changed: Set<String> = []
    private var effects: [PipelineEffect] = []
    private(set) var nextSequence = 1
    /// Ids for action and rule executions: random, or what a test counts.
    let makeID: @Sendable () -> String

    init(definition: PipelineDefinition, makeID: @escaping @Sendable () -> String) {
        definitions = [definition.version: definition]
        version = definition.version
        self.makeID = makeID
    }

    /// Takes up executions that were stored.
    mutating func restore(_ stored: [PipelineExecution]) {
        for execution in stored.sorted(by: { $0.sequence < $1.sequence }) {
            executions[execution.id] = execution
            order.append(execution.id)
            nextSequence = max(nextSequence, execution.sequence + 1)
        }
    }

    var definition: PipelineDefinition? { definitions[version] }
    func definition(of execution: PipelineExecution) -> PipelineDefinition? { definitions[execution.version] }
    func stageDefinition(_ execution: PipelineExecution, _ stage: String) -> PipelineDefinition.Stage? {
        definition(of: execution)?.stage(stage)
    }

    /// What is to be done now, in order.
    mutating func drain() -> [PipelineEffect] {
        defer { effects = [] }
        return effects
    }

    /// Ids of executions that changed since the last call.
    mutating func drainChanges() -> Set<String> {
        defer { changed = [] }
        return changed
    }

    /// Forgets the oldest finished executions beyond `limit`; returns their ids.
    mutating func trimHistory(to limit: Int) -> [String] {
        guard order.count > limit else { return [] }
        let pinned = Set(
            slots.values.flatMap { [$0.latest, $0.holder].compactMap { $0 } + Array($0.latestByAction.values) })
        var removed: [String] = []
        for id in order where order.count - removed.count > limit {
            guard executions[id]?.status.isFinal == true, !pinned.contains(id) else { continue }
            removed.append(id)
            executions[id] = nil
        }
        order.removeAll { removed.contains($0) }
        return removed
    }

    // MARK: - Starting

    /// Starts an execution at the first stage, or (a rollback) at the stage it rolls back.
    mutating func start(_ execution: PipelineExecution, now: Double) throws(PipelineRefusal) {
        let active = executions.values.filter { !$0.status.isFinal }.count
        guard execution.mode == .superseded || active < Self.concurrencyLimit else { throw .tooManyExecutions }
        guard let first = execution.rolledBackStage ?? definition(of: execution)?.stages.first?.name else { return }
        var execution = execution
        execution.sequence = nextSequence
        nextSequence += 1
        executions[execution.id] = execution
        order.append(execution.id)
        changed.insert(execution.id)
        emit(.pipeline, execution.id, "STARTED")
        arrive(execution.id, at: first, now: now)
    }

    private mutating func arrive(_ id: String, at stage: String, now: Double) {
        mutate(id, now) { $0.waitingFor = stage }
        slots[stage, default: StageSlot()].inbound.append(id)
        admit(to: stage, now: now)
    }

    /// Lets executions that wait before a stage enter it, as far as its lock and its transition allow.
    mutating func admit(to stage: String, now: Double) {
        while let id = next(for: stage) {
            slots[stage]?.inbound.removeAll { $0 == id }
            enter(id, stage, now: now)
        }
        guard let waiting = slots[stage]?.inbound, waiting.count > 1 else { return }
        let superseding = waiting.compactMap { executions[$0] }.filter { $0.mode == .superseded }
        guard let newest = superseding.map(\.sequence).max() else { return }
        for old in superseding where old.sequence < newest {
            slots[stage]?.inbound.removeAll { $0 == old.id }
            mutate(old.id, now) {
                $0.status = .superseded
                $0.waitingFor = nil
            }
            emit(.pipeline, old.id, "SUPERSEDED")
        }
    }

    private func next(for stage: String) -> String? {
        guard let slot = slots[stage], slot.enabled else { return nil }
        let waiting = slot.inbound.compactMap { executions[$0] }
        let candidate = waiting.first?.mode == .superseded ? waiting.max { $0.sequence < $1.sequence } : waiting.first
        guard let candidate else { return nil }
        return candidate.mode == .parallel || slot.holder == nil ? candidate.id : nil
    }

    private mutating func enter(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let definition = stageDefinition(execution, stage) else {
            // The stage is gone from the pipeline's structure.
            finish(id, .failed, now: now)
            return
        }
        if execution.mode != .parallel { slots[stage]?.holder = id }
        slots[stage]?.latest = id
        mutate(id, now) { execution in
            execution.waitingFor = nil
            execution.stages.removeAll { $0.name == stage }
            execution.stages.append(StageRun(name: stage, pending: definition.actions.map(\.name)))
        }
        emit(.stage, id, "STARTED", stage: stage)
        if definition.beforeEntry.isEmpty || execution.isRollback {
            startActions(id, stage, now: now)
        } else {
            checkConditions(.beforeEntry, id, stage, now: now)
        }
    }

    // MARK: - Helpers of the extensions

    mutating func mutate(_ id: String, _ now: Double, _ change: (inout PipelineExecution) -> Void) {
        // Taken out and put back, so that it is changed in place.
        guard var execution = executions.removeValue(forKey: id) else { return }
        execution.changed = now
        change(&execution)
        executions[id] = execution
        changed.insert(id)
    }

    mutating func mutateStage(_ id: String, _ stage: String, _ now: Double, _ change: (inout StageRun) -> Void) {
        mutate(id, now) { execution in
            guard let at = execution.stages.firstIndex(where: { $0.name == stage }) else { return }
            change(&execution.stages[at])
        }
    }

    mutating func ask(_ effect: PipelineEffect) { effects.append(effect) }

    mutating func emit(
        _ level: PipelineEvent.Level, _ execution: String, _ state: String, stage: String? = nil, action: String? = nil,
        actionID: String? = nil
    ) {
        effects.append(
            .event(
                PipelineEvent(
                    level: level, execution: execution, stage: stage, action: action, actionID: actionID, state: state))
        )
    }

    mutating func finish(_ id: String, _ status: ExecutionStatus, now: Double) {
        mutate(id, now) {
            $0.status = status
            $0.waitingFor = nil
        }
        let states: [ExecutionStatus: String] = [
            .succeeded: "SUCCEEDED", .failed: "FAILED", .stopped: "STOPPED", .cancelled: "CANCELED",
            .superseded: "SUPERSEDED",
        ]
        if let state = states[status] { emit(.pipeline, id, state) }
    }

    /// Frees a stage and lets the next execution in.
    mutating func release(_ stage: String, from id: String, now: Double) {
        if slots[stage]?.holder == id { slots[stage]?.holder = nil }
        admit(to: stage, now: now)
    }

    /// Moves an execution on from a stage that it has passed.
    mutating func leave(_ id: String, _ stage: String, now: Double) {
        guard let execution = executions[id], let definition = definition(of: execution) else { return }
        let following = definition.index(of: stage).map { $0 + 1 } ?? definition.stages.count
        if execution.isRollback || following >= definition.stages.count {
            finish(id, .succeeded, now: now)
            release(stage, from: id, now: now)
        } else {
            release(stage, from: id, now: now)
            arrive(id, at: definition.stages[following].name, now: now)
        }
    }
}

/// Why the engine refuses a request; the service knows the error's name and words.
enum PipelineRefusal: Error, Sendable, Equatable {
    case tooManyExecutions
    case noSuchExecution
    case noSuchStage
    case notRetryable(String)
    case notLatest
    case alreadyStopping
    case notStoppable
    case outdated
    case cannotRollBack(String)
    case notOverridable
}
