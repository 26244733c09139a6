import AWSModel
import Synchronization
import Testing

@testable import LocalCloud

/// The pipeline's state machine, driven without input and output: the test plays the actions.
@Suite struct PipelineEngineTests {
    /// An engine over three stages (Source, Build with two run orders, Deploy) and what it asked for.
    struct Machine {
        var engine: PipelineEngine
        var asked: [PipelineEffect] = []
        var time = 0.0
        var started = 0

        init(mode: PipelineDefinition.Mode = .superseded, deploy: AWSMap = [:]) {
            func action(_ name: String, _ category: String, _ provider: String, order: Int64 = 1) -> AWSValue {
                [
                    "name": .string(name), "runOrder": .integer(order),
                    "actionTypeId": [
                        "category": .string(category), "owner": "AWS", "provider": .string(provider), "version": "1",
                    ],
                ]
            }
            var last = deploy
            last["name"] = "Deploy"
            last["actions"] = [action("Deploy", "Deploy", "CodeDeploy")]
            let definition = PipelineDefinition(
                declaration: [
                    "name": "p", "roleArn": "arn:aws:iam::1:role/r", "version": 1, "pipelineType": "V2",
                    "executionMode": .string(mode.rawValue),
                    "stages": [
                        ["name": "Source", "actions": [action("Source", "Source", "CodeCommit")]],
                        [
                            "name": "Build",
                            "actions": [
                                action("Unit", "Build", "CodeBuild"), action("Lint", "Build", "CodeBuild"),
                                action("Package", "Build", "CodeBuild", order: 2),
                            ],
                        ],
                        .map(last),
                    ],
                ], region: "us-east-1")
            let counter = Counter()
            engine = PipelineEngine(definition: definition, makeID: { counter.next() })
        }

        @discardableResult
        mutating func start() throws -> String {
            started += 1
            let id = "e\(started)"
            try engine.start(
                PipelineExecution(
                    id: id, sequence: 0, version: 1, mode: engine.definition?.mode ?? .superseded, started: time,
                    changed: time,
                    triggerType: "StartPipelineExecution", triggerDetail: ""), now: time)
            collect()
            return id
        }

        mutating func collect() { asked += engine.drain() }

        /// Ids of the runs of an action that are in progress.
        func open(_ execution: String) -> [String] {
            engine.executions[execution]?.actions.filter { $0.status == .inProgress }.map(\.action) ?? []
        }

        mutating func finish(_ execution: String, _ action: String, _ succeeded: Bool = true) {
            guard
                let run = engine.executions[execution]?.actions.last(where: {
                    $0.action == action && $0.status == .inProgress
                })
            else {
                Issue.record("\(action) of \(execution) is not running")
                return
            }
            time += 1
            engine.finished(execution, action: run.id, succeeded: succeeded, now: time)
            collect()
        }

        func status(_ execution: String) -> ExecutionStatus? { engine.executions[execution]?.status }
        func stage(_ execution: String, _ name: String) -> StageStatus? {
            engine.executions[execution]?.stage(name)?.status
        }
    }

    final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> String {
            value.withLock { value in
                value += 1
                return "r\(value)"
            }
        }
    }

    @Test func runOrderGroupsRunTogetherAndOneAfterTheOther() throws {
        var machine = Machine()
        let id = try machine.start()
        #expect(machine.open(id) == ["Source"])
        machine.finish(id, "Source")
        #expect(machine.open(id) == ["Unit", "Lint"])
        machine.finish(id, "Lint")
        #expect(machine.open(id) == ["Unit"])
        machine.finish(id, "Unit")
        #expect(machine.open(id) == ["Package"])
        machine.finish(id, "Package")
        machine.finish(id, "Deploy")
        #expect(machine.status(id) == .succeeded)
    }

    @Test func aFailureWaitsForItsGroupAndFreesTheStage() throws {
        var machine = Machine()
        let first = try machine.start()
        machine.finish(first, "Source")
        machine.finish(first, "Unit", false)
        #expect(machine.stage(first, "Build") == .inProgress)
        machine.finish(first, "Lint")
        #expect(machine.stage(first, "Build") == .failed)
        #expect(machine.status(first) == .failed)
        #expect(machine.engine.slots["Build"]?.holder == nil)
        #expect(machine.engine.executions[first]?.latest("Package", in: "Build") == nil)
    }

    @Test func onlyTheNewestWaitsInSupersededMode() throws {
        var machine = Machine()
        let first = try machine.start()
        machine.finish(first, "Source")
        let second = try machine.start()
        machine.finish(second, "Source")
        #expect(machine.engine.slots["Build"]?.inbound == [second])
        let third = try machine.start()
        machine.finish(third, "Source")
        #expect(machine.status(second) == .superseded)
        #expect(machine.engine.slots["Build"]?.inbound == [third])
        machine.finish(first, "Unit")
        machine.finish(first, "Lint")
        machine.finish(first, "Package")
        #expect(machine.open(third) == ["Unit", "Lint"])
    }

    @Test func allWaitInLineInQueuedMode() throws {
        var machine = Machine(mode: .queued)
        let ids = try (0..<3).map { _ in try machine.start() }
        #expect(machine.engine.slots["Source"]?.inbound == [ids[1], ids[2]])
        machine.finish(ids[0], "Source")
        machine.finish(ids[1], "Source")
        machine.finish(ids[2], "Source")
        #expect(machine.engine.slots["Build"]?.inbound == [ids[1], ids[2]])
        #expect(ids.allSatisfy { machine.status($0) == .inProgress })
    }

    @Test func parallelExecutionsShareStagesUpToTheLimit() throws {
        var machine = Machine(mode: .parallel)
        for _ in 0..<PipelineEngine.concurrencyLimit { try machine.start() }
        #expect(machine.open("e1") == ["Source"] && machine.open("e50") == ["Source"])
        #expect(throws: PipelineRefusal.tooManyExecutions) { try machine.start() }
    }

    @Test func aDisabledTransitionHoldsAndSupersedes() throws {
        var machine = Machine()
        try machine.engine.setTransition(into: "Build", enabled: false, by: "me", reason: "freeze", now: 0)
        let first = try machine.start()
        machine.finish(first, "Source")
        #expect(machine.open(first).isEmpty)
        let second = try machine.start()
        machine.finish(second, "Source")
        #expect(machine.status(first) == .superseded)
        try machine.engine.setTransition(into: "Build", enabled: true, by: "me", reason: nil, now: 1)
        machine.collect()
        #expect(machine.open(second) == ["Unit", "Lint"])
        #expect(machine.engine.slots["Build"]?.disabledReason == nil)
    }

    @Test func retryRunsFailedActionsAndThoseAfterThem() throws {
        var machine = Machine()
        let id = try machine.start()
        machine.finish(id, "Source")
        machine.finish(id, "Unit", false)
        machine.finish(id, "Lint")
        try machine.engine.retry(execution: id, stage: "Build", mode: "FAILED_ACTIONS", now: 9)
        machine.collect()
        #expect(machine.open(id) == ["Unit"])
        machine.finish(id, "Unit")
        #expect(machine.open(id) == ["Package"])
        let status = "the stage's status is InProgress; only a failed or stopped stage can be retried"
        #expect(throws: PipelineRefusal.notRetryable(status)) {
            try machine.engine.retry(execution: id, stage: "Build", mode: "ALL_ACTIONS", now: 10)
        }
    }

    @Test func aStageCannotBeRetriedOnceANewerExecutionEnteredIt() throws {
        var machine = Machine()
        let first = try machine.start()
        machine.finish(first, "Source", false)
        let second = try machine.start()
        #expect(throws: PipelineRefusal.notLatest) {
            try machine.engine.retry(execution: first, stage: "Source", mode: "ALL_ACTIONS", now: 1)
        }
        #expect(machine.status(second) == .inProgress)
    }

    @Test func stopWaitsForRunningActionsAndAbandonDoesNot() throws {
        var machine = Machine()
        let first = try machine.start()
        try machine.engine.stop(execution: first, abandon: false, reason: "no", now: 1)
        #expect(machine.status(first) == .stopping)
        #expect(machine.stage(first, "Source") == .stopping)
        #expect(throws: PipelineRefusal.alreadyStopping) {
            try machine.engine.stop(execution: first, abandon: false, reason: nil, now: 2)
        }
        machine.finish(first, "Source")
        #expect(machine.status(first) == .stopped)
        #expect(machine.engine.executions[first]?.stage("Build") == nil)
        #expect(throws: PipelineRefusal.notStoppable) {
            try machine.engine.stop(execution: first, abandon: true, reason: nil, now: 3)
        }
        let second = try machine.start()
        try machine.engine.stop(execution: second, abandon: true, reason: nil, now: 4)
        machine.collect()
        #expect(machine.status(second) == .stopped)
        #expect(machine.engine.executions[second]?.actions.first?.status == .abandoned)
        #expect(machine.asked.contains { if case .abandon = $0 { true } else { false } })
    }

    private func runThrough(_ machine: inout Machine, _ id: String, deploy: Bool = true) {
        machine.finish(id, "Source")
        for name in ["Unit", "Lint", "Package"] { machine.finish(id, name) }
        machine.finish(id, "Deploy", deploy)
    }

    @Test func rollbackRunsOneStageAgain() throws {
        var machine = Machine()
        let good = try machine.start()
        runThrough(&machine, good)
        let bad = try machine.start()
        runThrough(&machine, bad, deploy: false)
        let rollback = try machine.engine.rollback(
            of: "Deploy", to: good, id: "rb", trigger: "ManualRollback", detail: "me", now: 50)
        try machine.engine.start(rollback, now: 50)
        machine.collect()
        #expect(machine.open("rb") == ["Deploy"])
        machine.finish("rb", "Deploy")
        #expect(machine.status("rb") == .succeeded)
        #expect(machine.engine.slots["Deploy"]?.latest == "rb")
        for (stage, target, reason) in [
            ("Deploy", "rb", "the target execution is itself a rollback"),
            ("Source", good, "the source stage cannot be rolled back"),
            ("Deploy", bad, "the target execution did not succeed in stage Deploy"),
        ] {
            #expect(throws: PipelineRefusal.cannotRollBack(reason)) {
                try machine.engine.rollback(of: stage, to: target, id: "x", trigger: "", detail: "", now: 51)
            }
        }
    }

    @Test func aFailedStageRollsItselfBackWhenItIsToldTo() throws {
        var machine = Machine(deploy: ["onFailure": ["result": "ROLLBACK"]])
        let good = try machine.start()
        runThrough(&machine, good)
        let bad = try machine.start()
        runThrough(&machine, bad, deploy: false)
        let rollback = machine.engine.executions.values.first { $0.isRollback }
        #expect(machine.status(bad) == .failed)
        #expect(rollback?.triggerType == "AutomatedRollback")
        #expect(rollback?.rollbackTarget == good)
    }

    @Test func conditionsStopSkipAndAreOverridden() throws {
        let rule: AWSValue = ["name": "check", "ruleTypeId": ["category": "Rule", "provider": "VariableCheck"]]
        var machine = Machine(deploy: ["beforeEntry": ["conditions": [["result": "FAIL", "rules": [rule]]]]])
        let id = try machine.start()
        machine.finish(id, "Source")
        for name in ["Unit", "Lint", "Package"] { machine.finish(id, name) }
        #expect(machine.open(id).isEmpty)
        let check = try #require(machine.engine.executions[id]?.rules.first)
        machine.engine.checked(id, rule: check.id, isMet: false, now: 20)
        machine.collect()
        #expect(machine.stage(id, "Deploy") == .failed)
        #expect(machine.engine.executions[id]?.stage("Deploy")?.conditionStatus["BEFORE_ENTRY"] == .failed)
        // Its answer came: another one, as from before a restart, changes nothing.
        machine.engine.checked(id, rule: check.id, isMet: true, now: 20)
        #expect(machine.stage(id, "Deploy") == .failed)
        #expect(machine.engine.executions[id]?.rules.first?.status == .failed)
        try machine.engine.override(.beforeEntry, execution: id, stage: "Deploy", now: 21)
        machine.collect()
        #expect(machine.open(id) == ["Deploy"])
        #expect(machine.status(id) == .inProgress)
    }
}
