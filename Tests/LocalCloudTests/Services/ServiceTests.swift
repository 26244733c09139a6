import Testing

/// Each service through its real client. What is expected stands in the script of its name.
@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    @Test(arguments: [
        "iam", "least_privilege", "s3_objects", "s3_versions", "s3_multipart", "s3_access", "ssm", "secret_values",
        "logs",
        "messaging", "events", "alarms", "kms", "regions", "hostile", "hostile_build", "hostile_clients",
        "hostile_names", "hostile_numbers", "hostile_revisions", "isolation", "chunked",
        "pull_requests", "key_pairs", "on_premises", "batch_builds", "build_installs",
        "conditions", "pipeline_control", "notifications", "blue_green", "load_balancer", "deletions", "in_place",
        "stickiness", "security_groups",
        "resource_policies", "user_data",
        "git_requests", "rollbacks", "instance_deaths",
    ])
    func serviceBehavesAsOnAWS(script: String) async throws {
        try await ScriptedCloud.run(script)
    }

    @Test(arguments: ["manual_clock", "scaling", "schedules", "approval_timeouts"])
    func whatTakesLongPassesOnAManualClock(script: String) async throws {
        try await ScriptedCloud.run(script, clock: .manual)
    }
}
