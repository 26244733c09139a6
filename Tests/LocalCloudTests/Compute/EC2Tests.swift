import AWSModel
import Foundation
import LocalCloud
import Testing

/// A cloud in the process, as an SDK sees it: calls by name.
struct CloudFixture {
    let cloud: Cloud
    var region = "us-east-1"

    func call(_ service: String, _ operation: String, _ input: AWSValue = [:]) async throws -> AWSValue {
        try await cloud.call(service, operation, input, as: .root(of: "123456789012"), region: region)
    }

    /// Calls until `condition` holds; the limit only ends a test that would never end. A manual clock passes a second between two looks.
    func wait(
        _ what: String, _ condition: () async throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        for _ in 0..<12000 {
            if try await condition() { return }
            if cloud.clock.mode == .manual { await cloud.clock.advance(by: 1) }
            try await Task.sleep(nanoseconds: 20_000_000)
        }
        Issue.record("timed out: \(what)", sourceLocation: sourceLocation)
    }

    func state(of instance: String) async throws -> String? {
        let answer = try await call("ec2", "DescribeInstances", ["InstanceIds": [.string(instance)]])
        return answer["Reservations"]?.list?.first?["Instances"]?.list?.first?["State"]?["Name"]?.string
    }

    func code(_ service: String, _ operation: String, _ input: AWSValue = [:]) async -> String {
        do {
            _ = try await call(service, operation, input)
            return "no error"
        } catch let error as ServiceError {
            return "\(error.code): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    var image: AWSValue {
        .string(
            AmazonImages.id(
                ofParameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", region: region)
                ?? "")
    }

    func userData(_ script: String) -> AWSValue { .string(Data(script.utf8).base64EncodedString()) }
}

func withCloud(
    clock: ClockMode = .fast, data: String? = nil, _ body: @Sendable (CloudFixture) async throws -> Void
) async throws {
    let cloud = try await Cloud(CloudConfiguration(port: 0, dataDirectory: data, clock: clock))
    try await cloud.start()
    do {
        try await body(CloudFixture(cloud: cloud))
    } catch {
        await cloud.stop()
        throw error
    }
    await cloud.stop()
}

@Suite struct EC2Tests {
    /// The series' own user data, unchanged.
    static let userData = """
        #!/bin/bash
        dnf install -y httpd ruby wget
        echo "awscicd demo app — v1" > /var/www/html/index.html
        systemctl enable --now httpd
        cd /tmp
        wget -q https://aws-codedeploy-us-east-1.s3.us-east-1.amazonaws.com/latest/install
        chmod +x ./install
        ./install auto
        systemctl enable --now codedeploy-agent
        """

    @Test func anInstanceRunsItsUserDataAndServes() async throws {
        try await withCloud { aws in
            let answer = try await aws.call(
                "ec2", "RunInstances",
                [
                    "ImageId": aws.image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
                    "UserData": aws.userData(Self.userData),
                ])
            let id = try #require(answer["Instances"]?.list?.first?["InstanceId"]?.string)
            #expect(answer["Instances"]?.list?.first?["State"]?["Name"]?.string == "pending")
            try await aws.wait("running") { try await aws.state(of: id) == "running" }
            let host = try #require(await aws.cloud.service(EC2Service.self).host(of: id))
            await host.waitForUserData()
            let page = await host.run(["curl", "-s", "http://localhost/"])
            #expect(page.text == "awscicd demo app — v1\n")
            #expect(await host.isServiceActive("codedeploy-agent"))
            let token =
                "TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 60')"
            let metadata = await host.run(
                [
                    "bash", "-c",
                    "\(token); curl -s -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/latest/meta-data/instance-id; curl -s -o /dev/null -w ' %{http_code}' http://169.254.169.254/latest/meta-data/",
                ])
            #expect(metadata.text == "\(id) 401")
            let endpoint = await host.run(["bash", "-c", "curl -s -o /dev/null -w '%{http_code}' $AWS_ENDPOINT_URL/"])
            #expect(endpoint.text != "000")
            _ = try await aws.call("ec2", "RebootInstances", ["InstanceIds": [.string(id)]])
            try await aws.wait("serves again after a reboot") {
                await host.run(["curl", "-s", "http://localhost/"]).text == "awscicd demo app — v1\n"
            }
            _ = try await aws.call("ec2", "TerminateInstances", ["InstanceIds": [.string(id)]])
            try await aws.wait("terminated") { try await aws.state(of: id) == "terminated" }
        }
    }
}
