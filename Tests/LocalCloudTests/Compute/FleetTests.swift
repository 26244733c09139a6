import AWSModel
import Foundation
import LocalCloud
import Testing

/// A load balancer in front of a group, as the series builds them.
struct Fleet {
    let aws: CloudFixture
    let vpc: String
    let subnets: [String]
    let group: String
    let balancer: String
    let targets: String
    let listener: String
    let url: String

    static func userData(_ page: String) -> String {
        "#!/bin/bash\ndnf install -y httpd\necho '\(page)' > /var/www/html/index.html\nsystemctl enable --now httpd\n"
    }

    /// VPC, security group, launch template, load balancer, target group and listener.
    static func make(_ aws: CloudFixture, page: String = "v1") async throws -> Fleet {
        let vpcs = try await aws.call("ec2", "DescribeVpcs", ["Filters": [["Name": "is-default", "Values": ["true"]]]])
        let vpc = try #require(vpcs["Vpcs"]?.list?.first?["VpcId"]?.string)
        let found = try await aws.call(
            "ec2", "DescribeSubnets", ["Filters": [["Name": "vpc-id", "Values": [.string(vpc)]]]])
        let subnets = (found["Subnets"]?.list ?? []).compactMap { $0["SubnetId"]?.string }
        let made = try await aws.call(
            "ec2", "CreateSecurityGroup", ["GroupName": "web", "Description": "web", "VpcId": .string(vpc)])
        let group = try #require(made["GroupId"]?.string)
        _ = try await aws.call(
            "ec2", "AuthorizeSecurityGroupIngress",
            [
                "GroupId": .string(group),
                "IpPermissions": [
                    ["IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [["CidrIp": "0.0.0.0/0"]]]
                ],
            ])
        _ = try await aws.call(
            "ec2", "CreateLaunchTemplate",
            [
                "LaunchTemplateName": "cap-lt",
                "LaunchTemplateData": [
                    "ImageId": aws.image, "InstanceType": "t3.micro", "SecurityGroupIds": [.string(group)],
                    "UserData": aws.userData(userData(page)),
                ],
            ])
        let balancer = try await aws.call(
            "elbv2", "CreateLoadBalancer",
            [
                "Name": "cap-alb", "Subnets": .list(subnets.prefix(2).map { .string($0) }),
                "SecurityGroups": [.string(group)],
            ])
        let balancerARN = try #require(balancer["LoadBalancers"]?.list?.first?["LoadBalancerArn"]?.string)
        let targets = try await aws.call(
            "elbv2", "CreateTargetGroup",
            ["Name": "cap-tg", "Protocol": "HTTP", "Port": 80, "VpcId": .string(vpc), "HealthCheckIntervalSeconds": 5])
        let targetARN = try #require(targets["TargetGroups"]?.list?.first?["TargetGroupArn"]?.string)
        let listener = try await aws.call(
            "elbv2", "CreateListener",
            [
                "LoadBalancerArn": .string(balancerARN), "Protocol": "HTTP", "Port": 80,
                "DefaultActions": [["Type": "forward", "TargetGroupArn": .string(targetARN)]],
            ])
        let described = try await aws.call("elbv2", "DescribeLoadBalancers", ["Names": ["cap-alb"]])
        let name = try #require(described["LoadBalancers"]?.list?.first?["DNSName"]?.string)
        return Fleet(
            aws: aws, vpc: vpc, subnets: subnets, group: group, balancer: balancerARN, targets: targetARN,
            listener: try #require(listener["Listeners"]?.list?.first?["ListenerArn"]?.string), url: "http://\(name)/")
    }

    func createGroup(_ name: String, size: Int64, more: AWSValue = [:]) async throws {
        var input: AWSValue = [
            "AutoScalingGroupName": .string(name),
            "LaunchTemplate": ["LaunchTemplateName": "cap-lt", "Version": "$Latest"],
            "MinSize": .integer(size), "MaxSize": .integer(size * 2), "DesiredCapacity": .integer(size),
            "VPCZoneIdentifier": .string(subnets.prefix(2).joined(separator: ",")),
            "TargetGroupARNs": [.string(targets)],
        ]
        for (key, value) in more.map ?? [:] { input[key] = value }
        _ = try await aws.call("autoscaling", "CreateAutoScalingGroup", input)
    }

    func members(_ name: String) async throws -> [(id: String, lifecycle: String)] {
        let answer = try await aws.call(
            "autoscaling", "DescribeAutoScalingGroups", ["AutoScalingGroupNames": [.string(name)]])
        return (answer["AutoScalingGroups"]?.list?.first?["Instances"]?.list ?? []).map {
            ($0["InstanceId"]?.string ?? "", $0["LifecycleState"]?.string ?? "")
        }
    }

    func health() async throws -> [String: String] {
        let answer = try await aws.call("elbv2", "DescribeTargetHealth", ["TargetGroupArn": .string(targets)])
        return Dictionary(
            uniqueKeysWithValues: (answer["TargetHealthDescriptions"]?.list ?? []).map {
                ($0["Target"]?["Id"]?.string ?? "", $0["TargetHealth"]?["State"]?.string ?? "")
            })
    }

    func waitForHealthy(_ count: Int) async throws {
        try await aws.wait("\(count) healthy targets") {
            try await health().values.filter { $0 == "healthy" }.count == count
        }
    }
}

/// Runs a program of the host and returns what it wrote.
func host(_ program: String, _ arguments: [String]) async throws -> String {
    try await Tools.run([program] + arguments).output
}

@Suite(.serialized) struct FleetTests {
    @Test func aGroupServesThroughItsLoadBalancerAndKeepsItsSize() async throws {
        try await withCloud { aws in
            let fleet = try await Fleet.make(aws)
            try await fleet.createGroup("cap-asg", size: 2)
            try await fleet.waitForHealthy(2)
            #expect(try await host("curl", ["-s", fleet.url]) == "v1\n")
            let members = try await fleet.members("cap-asg")
            #expect(members.map(\.lifecycle) == ["InService", "InService"])
            // An instance's death under load: another one answers, a new one takes its place.
            let victim = members[0].id
            try await underLoad(fleet.url, ["-c", "10"]) {
                _ = try await aws.call("ec2", "TerminateInstances", ["InstanceIds": [.string(victim)]])
                try await aws.wait("the victim is replaced") {
                    try await !fleet.members("cap-asg").contains { $0.id == victim }
                }
                try await fleet.waitForHealthy(2)
            }
        }
    }

    /// Sends requests with hey for as long as `body` takes; none may fail.
    private func underLoad(_ url: String, _ options: [String], _ body: () async throws -> Void) async throws {
        // Longer than any test may take; cancelling interrupts it, which ends it with its report.
        let load = Task { try await Tools.run(["hey", "-z", "30m", "-t", "0"] + options + [url], endingWith: SIGINT) }
        do {
            try await body()
        } catch {
            load.cancel()
            throw error
        }
        load.cancel()
        let report = try await load.value.output
        #expect(report.contains("[200]"), "\(report)")
        #expect(!report.contains("Error distribution"), "\(report)")
        // The lines that count answers; the histogram has numbers in brackets too.
        let others = report.split(separator: "\n").filter {
            $0.contains("responses") && $0.contains("[") && !$0.contains("[200]")
        }
        #expect(others.isEmpty, "\(report)")
    }

    @Test func aTargetSwitchUnderLoadDropsNothing() async throws {
        try await withCloud { aws in
            let fleet = try await Fleet.make(aws, page: "blue")
            try await fleet.createGroup("blue", size: 2)
            try await fleet.waitForHealthy(2)
            _ = try await aws.call(
                "ec2", "CreateLaunchTemplateVersion",
                [
                    "LaunchTemplateName": "cap-lt", "SourceVersion": "1",
                    "LaunchTemplateData": ["UserData": aws.userData(Fleet.userData("green"))],
                ])
            try await underLoad(fleet.url, ["-c", "20"]) {
                try await underLoad(fleet.url, ["-c", "2", "-disable-keepalive"]) {
                    try await fleet.createGroup("green", size: 2)
                    try await fleet.waitForHealthy(4)
                    let blue = try await fleet.members("blue").map(\.id)
                    _ = try await aws.call(
                        "elbv2", "DeregisterTargets",
                        ["TargetGroupArn": .string(fleet.targets), "Targets": .list(blue.map { ["Id": .string($0)] })])
                    try await fleet.waitForHealthy(2)
                    try await aws.wait("drained") { try await fleet.health().count == 2 }
                    for _ in 0..<20 { #expect(try await host("curl", ["-s", fleet.url]) == "green\n") }
                    _ = try await aws.call(
                        "autoscaling", "DeleteAutoScalingGroup", ["AutoScalingGroupName": "blue", "ForceDelete": true])
                    try await aws.wait("blue is gone") { try await fleet.members("blue").isEmpty }
                }
            }
        }
    }

    @Test func deletionsAreRefusedInTheWrongOrder() async throws {
        try await withCloud(clock: .manual) { aws in
            let fleet = try await Fleet.make(aws)
            try await fleet.createGroup("cap-asg", size: 1)
            try await fleet.waitForHealthy(1)
            #expect(
                await aws.code("autoscaling", "DeleteAutoScalingGroup", ["AutoScalingGroupName": "cap-asg"])
                    == "ResourceInUse: You cannot delete an AutoScalingGroup while there are instances still in the group."
            )
            #expect(
                await aws.code("elbv2", "DeleteTargetGroup", ["TargetGroupArn": .string(fleet.targets)])
                    == "ResourceInUse: Target group '\(fleet.targets)' is currently in use by a listener or a rule")
            let blocked = "DependencyViolation: resource \(fleet.group) has a dependent object"
            #expect(await aws.code("ec2", "DeleteSecurityGroup", ["GroupId": .string(fleet.group)]) == blocked)
            _ = try await aws.call(
                "autoscaling", "DeleteAutoScalingGroup", ["AutoScalingGroupName": "cap-asg", "ForceDelete": true])
            try await aws.wait("the group is gone") {
                let answer = try await aws.call("autoscaling", "DescribeAutoScalingGroups")
                return answer["AutoScalingGroups"]?.list?.isEmpty == true
            }
            _ = try await aws.call(
                "elbv2", "ModifyLoadBalancerAttributes",
                [
                    "LoadBalancerArn": .string(fleet.balancer),
                    "Attributes": [["Key": "deletion_protection.enabled", "Value": "true"]],
                ])
            #expect(
                await aws.code("elbv2", "DeleteLoadBalancer", ["LoadBalancerArn": .string(fleet.balancer)])
                    .hasPrefix("OperationNotPermitted"))
            _ = try await aws.call(
                "elbv2", "ModifyLoadBalancerAttributes",
                [
                    "LoadBalancerArn": .string(fleet.balancer),
                    "Attributes": [["Key": "deletion_protection.enabled", "Value": "false"]],
                ])
            _ = try await aws.call("elbv2", "DeleteLoadBalancer", ["LoadBalancerArn": .string(fleet.balancer)])
            _ = try await aws.call("elbv2", "DeleteLoadBalancer", ["LoadBalancerArn": .string(fleet.balancer)])
            _ = try await aws.call("elbv2", "DeleteTargetGroup", ["TargetGroupArn": .string(fleet.targets)])
            // The load balancer's interfaces linger, until the clock has passed a minute.
            #expect(await aws.code("ec2", "DeleteSecurityGroup", ["GroupId": .string(fleet.group)]) == blocked)
            let lingering = try await aws.call(
                "ec2", "DescribeNetworkInterfaces",
                ["Filters": [["Name": "group-id", "Values": [.string(fleet.group)]]]])
            let interface = lingering["NetworkInterfaces"]?.list?.first
            #expect(interface?["RequesterId"]?.string == "amazon-elb")
            #expect(interface?["Description"]?.string?.hasPrefix("ELB app/cap-alb/") == true)
            try await aws.wait("the security group can go") {
                await aws.code("ec2", "DeleteSecurityGroup", ["GroupId": .string(fleet.group)]) == "no error"
            }
        }
    }

    @Test func aLaunchHookHoldsAnInstanceUntilItIsCompleted() async throws {
        try await withCloud { aws in
            let fleet = try await Fleet.make(aws)
            try await fleet.createGroup(
                "hooked", size: 1,
                more: [
                    "LifecycleHookSpecificationList": [
                        [
                            "LifecycleHookName": "deploy", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
                            "HeartbeatTimeout": 600,
                        ]
                    ]
                ])
            try await aws.wait("waits") { try await fleet.members("hooked").first?.lifecycle == "Pending:Wait" }
            #expect(try await fleet.health().isEmpty)
            let first = try await fleet.members("hooked")[0].id
            func complete(_ id: String, _ result: String) async throws {
                _ = try await aws.call(
                    "autoscaling", "CompleteLifecycleAction",
                    [
                        "AutoScalingGroupName": "hooked", "LifecycleHookName": "deploy", "InstanceId": .string(id),
                        "LifecycleActionResult": .string(result),
                    ])
            }
            try await complete(first, "ABANDON")
            try await aws.wait("another waits") {
                let members = try await fleet.members("hooked")
                return members.contains { $0.id != first && $0.lifecycle == "Pending:Wait" }
            }
            let second = try #require(try await fleet.members("hooked").first { $0.lifecycle == "Pending:Wait" }?.id)
            try await complete(second, "CONTINUE")
            try await fleet.waitForHealthy(1)
            #expect(
                await aws.code(
                    "autoscaling", "CompleteLifecycleAction",
                    [
                        "AutoScalingGroupName": "hooked", "LifecycleHookName": "deploy", "InstanceId": .string(second),
                        "LifecycleActionResult": "CONTINUE",
                    ]) == "ValidationError: No active Lifecycle Action found with instance ID \(second)")
        }
    }

    @Test func aMissingTemplateFailsTheLaunchAndSaysSo() async throws {
        try await withCloud { aws in
            let fleet = try await Fleet.make(aws)
            try await fleet.createGroup("later", size: 0, more: ["MaxSize": 2])
            _ = try await aws.call("ec2", "DeleteLaunchTemplate", ["LaunchTemplateName": "cap-lt"])
            _ = try await aws.call(
                "autoscaling", "SetDesiredCapacity", ["AutoScalingGroupName": "later", "DesiredCapacity": 1])
            try await aws.wait("a failed activity") {
                let answer = try await aws.call(
                    "autoscaling", "DescribeScalingActivities", ["AutoScalingGroupName": "later"])
                let activity = answer["Activities"]?.list?.first
                return activity?["StatusCode"]?.string == "Failed"
                    && activity?["StatusMessage"]?.string?.contains("does not exist") == true
            }
        }
    }

    @Test func rulesRouteRedirectAndAnswer() async throws {
        try await withCloud { aws in
            let fleet = try await Fleet.make(aws)
            func rule(_ priority: Int64, _ condition: AWSValue, _ action: AWSValue) async throws {
                _ = try await aws.call(
                    "elbv2", "CreateRule",
                    [
                        "ListenerArn": .string(fleet.listener), "Priority": .integer(priority),
                        "Conditions": [condition],
                        "Actions": [action],
                    ])
            }
            try await rule(
                1, ["Field": "path-pattern", "Values": ["/fixed/*"]],
                [
                    "Type": "fixed-response",
                    "FixedResponseConfig": ["StatusCode": "418", "ContentType": "text/plain", "MessageBody": "teapot"],
                ])
            try await rule(
                2, ["Field": "host-header", "Values": ["old.*"]],
                [
                    "Type": "redirect",
                    "RedirectConfig": ["StatusCode": "HTTP_301", "Host": "new.example", "Path": "/moved/#{path}"],
                ])
            #expect(try await host("curl", ["-s", "-w", " %{http_code}", fleet.url + "fixed/x"]) == "teapot 418")
            let moved = try await host(
                "curl",
                [
                    "-s", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "-H", "Host: old.example",
                    fleet.url + "a?b=c",
                ])
            #expect(moved == "301 http://new.example/moved/a?b=c")
            // Nobody is registered yet.
            #expect(try await host("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", fleet.url]) == "503")
        }
    }
}
