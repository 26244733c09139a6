import Foundation
import Testing

/// The main job: `scripts/capstone.lua` on the local cloud, as it should go and as it may go wrong. Whatever happens, its
/// teardown leaves nothing.
@Suite(.serialized) struct CapstoneTests {
    private func capstone(_ arguments: [String] = []) throws -> Command.Result {
        let script = Command.package.appendingPathComponent("scripts/capstone.lua").path
        return try Command(arguments: ["--local", script] + arguments, environment: ["PATH": Command.toolsPath])
            .run(timeout: 900)
    }

    @Test func deliversAndLeavesNothing() throws {
        let result = try capstone()
        #expect(result.status == 0, "\(result.output)\(result.error)")
        #expect(result.output.contains("serves v3"))
        #expect(result.output.contains(/[1-9]\d* requests during the switch, 0 failed/))
        for stage in ["✔ Source", "✔ BuildAndTest", "✔ ManualApproval", "✔ DeployBlueGreen"] {
            #expect(result.output.contains(stage))
        }
        #expect(result.output.contains("audit: nothing is left"))
    }

    @Test(arguments: [
        (["--fault", "test"], ["FAILED tests/test_index.py::test_fault", "COMMAND_EXECUTION_ERROR"]),
        (["--decision", "reject"], ["Approval, action ManualApproval: Failed: rejected as asked"]),
        (
            ["--fault", "health", "--prefix", "acme", "--size", "3", "--to", "v9"],
            ["ValidateService failed in scripts/validate.sh", "HEALTH_CONSTRAINTS", "a page that is never there"]
        ),
        (
            ["--fault", "alarm"],
            ["Stopped (ALARM_ACTIVE)", "Activated alarms: awscicd-cap-alarm", "rolled back by d-"]
        ),
    ])
    func failsForTheRightReason(arguments: [String], reasons: [String]) throws {
        let result = try capstone(arguments)
        #expect(result.status == 1)
        for reason in reasons { #expect(result.output.contains(reason), "\(result.output)\(result.error)") }
        #expect(!result.output.contains("requests during the switch"))
        #expect(result.output.contains("audit: nothing is left"), "\(result.output)\(result.error)")
    }
}
