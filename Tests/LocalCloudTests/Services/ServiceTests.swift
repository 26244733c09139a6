import Testing

/// Each service through its real client. What is expected stands in the script of its name.
@Suite struct ServiceTests {
    @Test(arguments: [
        "iam", "least_privilege", "s3_objects", "s3_versions", "s3_multipart", "s3_access", "ssm", "secret_values",
        "logs",
        "messaging", "events", "alarms", "kms", "regions", "hostile", "chunked",
    ])
    func serviceBehavesAsOnAWS(script: String) async throws {
        try await ScriptedCloud.run(script)
    }

    @Test func whatTakesDaysPassesOnAManualClock() async throws {
        try await ScriptedCloud.run("manual_clock", clock: .manual)
    }
}
