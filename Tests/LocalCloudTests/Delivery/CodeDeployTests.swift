import AWSModel
import FoundationEssentials
import Testing

@testable import LocalCloud

/// Deployments to an instance that is found by its tag. Needs bubblewrap (scripts/setup.sh installs it).
@Suite(.timeLimit(.minutes(10))) struct CodeDeployTests {
    private static let userData = """
        #!/bin/bash
        cd /tmp
        wget -q https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install
        chmod +x ./install
        ./install auto
        systemctl enable --now codedeploy-agent
        """

    private static func appSpec(_ hooks: String) -> String {
        """
        version: 0.0
        os: linux
        files:
          - {source: /site, destination: /srv/site}
        permissions:
          - {object: /srv/site, pattern: "*.html", mode: 640, type: [file]}
        hooks:
        \(hooks)
        """
    }

    @CloudActor
    private func launch(_ fixture: DeliveryFixture) async throws -> String {
        try await fixture.role("instance", trusting: "ec2.amazonaws.com", policy: DeliveryFixture.everything)
        try await fixture.role("deploy", trusting: "codedeploy.amazonaws.com", policy: DeliveryFixture.everything)
        try await fixture.call("iam", "CreateInstanceProfile", ["InstanceProfileName": "instance"])
        try await fixture.call(
            "iam", "AddRoleToInstanceProfile", ["InstanceProfileName": "instance", "RoleName": "instance"])
        let images = try await fixture.call("ec2", "DescribeImages", ["Owners": ["amazon"]])
        let image = try #require(images["Images"]?.list?.first?["ImageId"])
        let data = Data(Self.userData.utf8).base64EncodedString()
        let made = try await fixture.call(
            "ec2", "RunInstances",
            [
                "ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "UserData": .string(data),
                "IamInstanceProfile": ["Name": "instance"],
                "TagSpecifications": [
                    ["ResourceType": "instance", "Tags": [["Key": "App", "Value": "demo"]]]
                ],
            ])
        try await fixture.call("codedeploy", "CreateApplication", ["applicationName": "app"])
        try await fixture.call(
            "codedeploy", "CreateDeploymentGroup",
            [
                "applicationName": "app", "deploymentGroupName": "dg",
                "serviceRoleArn": .string(DeliveryFixture.arn("deploy")),
                "ec2TagFilters": [["Key": "App", "Value": "demo", "Type": "KEY_AND_VALUE"]],
                "autoRollbackConfiguration": ["enabled": true, "events": ["DEPLOYMENT_FAILURE"]],
            ])
        let id = try #require(made["Instances"]?.list?.first?["InstanceId"]?.string)
        // A deployment finds running instances only.
        for _ in 0..<4800 {
            let found = try await fixture.call("ec2", "DescribeInstances", ["InstanceIds": [.string(id)]])
            let state = found["Reservations"]?.list?.first?["Instances"]?.list?.first?["State"]?["Name"]?.string
            if state == "running" { return id }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        Issue.record("the instance \(id) never ran")
        return id
    }

    /// Deploys a revision of these files and returns the deployment when it has ended.
    @CloudActor
    private func deploy(_ fixture: DeliveryFixture, _ name: String, _ files: [String: String]) async throws -> AWSValue
    {
        let folder = fixture.folder + "/" + name
        for (file, text) in files {
            let path = folder + "/" + file
            try BundleFiles.makeDirectories(FilePath.parent(path))
            try BundleFiles.write(Array(text.utf8), to: path, mode: file.hasSuffix(".sh") ? 0o755 : 0o644)
        }
        try BundleWriter.zip(directory: folder, to: folder + ".zip")
        let bytes = try #require(BundleFiles.read(folder + ".zip"))
        try await fixture.call(
            "s3", "PutObject", ["Bucket": "artifacts", "Key": .string(name), "Body": .body(.bytes(bytes))])
        let made = try await fixture.call(
            "codedeploy", "CreateDeployment",
            [
                "applicationName": "app", "deploymentGroupName": "dg",
                "revision": [
                    "revisionType": "S3",
                    "s3Location": ["bucket": "artifacts", "key": .string(name), "bundleType": "zip"],
                ],
            ])
        let id = try #require(made["deploymentId"]?.string)
        _ = try await fixture.cloud.service(CodeDeployService.self)
            .wait(for: id, account: DeliveryFixture.account, region: DeliveryFixture.region)
        return try #require(
            try await fixture.call("codedeploy", "GetDeployment", ["deploymentId": .string(id)])["deploymentInfo"])
    }

    @CloudActor
    private func events(_ fixture: DeliveryFixture, _ deployment: AWSValue, _ instance: String) async throws
        -> [AWSValue]
    {
        let target = try await fixture.call(
            "codedeploy", "GetDeploymentTarget",
            ["deploymentId": deployment["deploymentId"] ?? "", "targetId": .string(instance)])
        return target["deploymentTarget"]?["instanceTarget"]?["lifecycleEvents"]?.list ?? []
    }

    @CloudActor
    private func shell(_ fixture: DeliveryFixture, _ instance: String, _ script: String) async throws -> String {
        let host = try #require(fixture.cloud.service(EC2Service.self).host(of: instance))
        return await host.run(["/bin/sh", "-c", script]).text
    }

    @Test @CloudActor func installsRunsHooksFailsAndRollsBack() async throws {
        try await DeliveryFixture.run { fixture in
            let instance = try await launch(fixture)
            let first = try await deploy(
                fixture, "one",
                [
                    "appspec.yml": Self.appSpec(
                        """
                          ApplicationStop: [{location: stop.sh}]
                          AfterInstall: [{location: after.sh, timeout: 20, runas: root}]
                        """),
                    "stop.sh": "#!/bin/sh\necho stopped one >> /var/log/stops\n",
                    "after.sh":
                        "#!/bin/sh\necho $LIFECYCLE_EVENT $APPLICATION_NAME/$DEPLOYMENT_GROUP_NAME $BUNDLE_BUCKET/$BUNDLE_KEY > /var/log/after\n",
                    "site/index.html": "one", "site/old.html": "old",
                ])
            #expect(first["status"] == "Succeeded", "\(first)")
            #expect(try await shell(fixture, instance, "cat /var/log/after") == "AfterInstall app/dg artifacts/one\n")
            #expect(
                try await shell(
                    fixture, instance, "stat -c %a /srv/site/index.html; ls /srv/site; ls /var/log | grep -c stops")
                    == "640\nindex.html\nold.html\n0\n")

            // The previous revision's files go and its ApplicationStop runs.
            let second = try await deploy(
                fixture, "two", ["appspec.yml": Self.appSpec("  {}"), "site/index.html": "two"])
            #expect(second["status"] == "Succeeded", "\(second)")
            #expect(
                try await shell(fixture, instance, "cat /srv/site/index.html /var/log/stops; ls /srv/site")
                    == "twostopped one\nindex.html\n")

            let bad = try await deploy(
                fixture, "bad",
                [
                    "appspec.yml": Self.appSpec("  ValidateService: [{location: check.sh, runas: root}]"),
                    "check.sh": "#!/bin/sh\necho looking\necho no >&2\nexit 3\n", "site/index.html": "bad",
                ])
            #expect(bad["status"] == "Failed")
            #expect(bad["errorInformation"]?["code"] == "HEALTH_CONSTRAINTS")
            let failed = try await events(fixture, bad, instance).last
            #expect(failed?["lifecycleEventName"] == "ValidateService")
            #expect(failed?["diagnostics"]?["errorCode"] == "ScriptFailed")
            #expect(
                failed?["diagnostics"]?["message"]
                    == "Script at specified location: check.sh run as user root failed with exit code 3")
            let tail = failed?["diagnostics"]?["logTail"]?.string ?? ""
            #expect(tail.contains("[stdout]looking\n") && tail.contains("[stderr]no\n"))

            let rollback = try #require(bad["rollbackInfo"]?["rollbackDeploymentId"]?.string)
            let status = try await fixture.cloud.service(CodeDeployService.self)
                .wait(for: rollback, account: DeliveryFixture.account, region: DeliveryFixture.region)
            #expect(status == .succeeded)
            #expect(try await shell(fixture, instance, "cat /srv/site/index.html") == "two")
        }
    }

    @Test @CloudActor func refusesForeignFilesAndEndsSlowHooks() async throws {
        try await DeliveryFixture.run { fixture in
            let instance = try await launch(fixture)
            await fixture.cloud.service(EC2Service.self).host(of: instance)?.waitForUserData()
            _ = try await shell(fixture, instance, "mkdir -p /srv/site; echo mine > /srv/site/index.html")
            let refused = try await deploy(
                fixture, "one", ["appspec.yml": Self.appSpec("  {}"), "site/index.html": "x"])
            #expect(refused["status"] == "Failed")
            let install = try await events(fixture, refused, instance).first { $0["lifecycleEventName"] == "Install" }
            #expect(
                install?["diagnostics"]?["message"]
                    == "The deployment failed because a specified file already exists at this location: /srv/site/index.html"
            )
            #expect(try await shell(fixture, instance, "cat /srv/site/index.html") == "mine\n")

            let slow = try await deploy(
                fixture, "two",
                [
                    "appspec.yml": Self.appSpec("  BeforeInstall: [{location: slow.sh, timeout: 1}]"),
                    "slow.sh": "#!/bin/sh\nsleep 600\n", "site/other.html": "x",
                ])
            let event = try await events(fixture, slow, instance).first { $0["lifecycleEventName"] == "BeforeInstall" }
            #expect(event?["diagnostics"]?["errorCode"] == "ScriptTimedOut")
            #expect(
                event?["diagnostics"]?["message"]
                    == "Script at specified location: slow.sh failed to complete in 1 seconds")
            #expect(slow["rollbackInfo"]?["rollbackMessage"] != nil)
        }
    }
}
