/// What load balancers report to CloudWatch.
extension ELBv2Service {
    /// Reports each target group's requests and the health of its targets, minute by minute.
    ///
    /// Source: "CloudWatch metrics for your Application Load Balancer", Elastic Load Balancing.
    func startMetrics() {
        cloud.spawn { [self] in
            while !Task.isCancelled {
                do { try await cloud.clock.sleep(aws: 60) } catch { return }
                for (account, region, arn, _) in groups.everything() {
                    reportRequests(of: arn, account, region)
                    reportHealth(of: arn, account, region)
                }
            }
        }
    }

    private func reportRequests(of arn: String, _ account: String, _ region: String) {
        guard let count = pools[arn]?.takeRequestCount(), count > 0 else { return }
        let healthy = max(1, health(of: arn).count { $0.state == "healthy" })
        let group = ["TargetGroup": Self.dimension(arn)]
        func report(_ name: String, _ value: Double, _ dimensions: [String: String]) {
            self.report(name, value, dimensions, account, region)
        }
        report("RequestCountPerTarget", Double(count) / Double(healthy), group)
        for balancer in users(of: arn, account, region) {
            let both = group.merging(["LoadBalancer": Self.dimension(balancer)]) { first, _ in first }
            report("RequestCountPerTarget", Double(count) / Double(healthy), both)
            report("RequestCount", Double(count), both)
            report("RequestCount", Double(count), ["LoadBalancer": Self.dimension(balancer)])
        }
    }

    private func reportHealth(of arn: String, _ account: String, _ region: String) {
        let states = health(of: arn).map(\.state)
        for balancer in users(of: arn, account, region) where !states.isEmpty {
            let dimensions = ["TargetGroup": Self.dimension(arn), "LoadBalancer": Self.dimension(balancer)]
            for (name, state) in [("HealthyHostCount", "healthy"), ("UnHealthyHostCount", "unhealthy")] {
                report(name, Double(states.count { $0 == state }), dimensions, account, region)
            }
        }
    }

    private func report(
        _ name: String, _ value: Double, _ dimensions: [String: String], _ account: String, _ region: String
    ) {
        cloud.service(CloudWatchService.self).report(
            namespace: "AWS/ApplicationELB", name: name, dimensions: dimensions, value: value, unit: "Count",
            account: account, region: region)
    }

    /// "targetgroup/NAME/ID" or "app/NAME/ID": what metrics name a resource by.
    private static func dimension(_ arn: String) -> String {
        let name = arn.split(separator: ":", maxSplits: 5).last.map(String.init) ?? arn
        return name.hasPrefix("loadbalancer/") ? String(name.dropFirst("loadbalancer/".count)) : name
    }
}
