import Testing

/// Each service through its real client. What is expected stands in the script of its name.
@Suite(.timeLimit(.minutes(10))) struct ServiceTests {
    @Test(arguments: [
        "iam", "least_privilege", "passed_roles", "s3_objects", "s3_versions", "s3_multipart", "s3_access", "ssm",
        "secret_values",
        "logs",
        "messaging", "events", "alarms", "kms", "regions", "hostile", "hostile_build",
        "hostile_names", "hostile_numbers", "limits", "hostile_revisions", "isolation", "chunked",
        "pull_requests", "key_pairs", "on_premises", "deployment_refusals", "build_refusals", "batch_builds",
        "build_installs",
        "conditions", "pipeline_control", "pipeline_refusals", "notifications", "blue_green", "load_balancer",
        "deletions", "in_place",
        "stickiness", "security_groups", "ec2_refusals", "load_balancer_refusals", "scaling_refusals",
        "commit_refusals", "s3_refusals", "policy_refusals", "settings_refusals",
        "resource_policies", "user_data",
        "git_requests", "health_checks", "restless_fleets", "instance_deaths", "buildspecs",
    ])
    func serviceBehavesAsOnAWS(script: String) async throws {
        try await ScriptedCloud.run(script)
    }

    /// The fleet is copied, switched and taken away in the order of AWS's own calls, which the server's log tells: a rollback's
    /// script ends with a deployment that goes through.
    @Test func aDeploymentCallsInTheOrderOfCodeDeploy() async throws {
        let log = LogRecorder()
        try await ScriptedCloud.run("rollbacks", log: log.add)
        let calls = log.lines.filter { $0.contains(" by arn:aws:sts::") }.map { $0.split(separator: " ") }
        let last = try #require(calls.last { $0[1] == "DeleteAutoScalingGroup" }?.last)
        #expect(
            calls.filter { $0.last == last && ["autoscaling", "elbv2"].contains($0[0]) }.map { $0[1] } == [
                "CreateAutoScalingGroup", "UpdateAutoScalingGroup", "SuspendProcesses", "RegisterTargets",
                "RegisterTargets",
                "DeregisterTargets", "DeregisterTargets", "ResumeProcesses", "DeleteLifecycleHook", "PutLifecycleHook",
                "DeleteAutoScalingGroup",
            ])
    }

    @Test(arguments: [
        "manual_clock", "scaling", "schedules", "approval_timeouts", "ready_wait", "target_states", "hostile_clients",
    ])
    func whatTakesLongPassesOnAManualClock(script: String) async throws {
        try await ScriptedCloud.run(script, clock: .manual)
    }
}
