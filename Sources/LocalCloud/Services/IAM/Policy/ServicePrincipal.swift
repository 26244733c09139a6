import AWSModel

/// The names by which AWS's services stand in policies: `codebuild.amazonaws.com`, `logs.us-east-1.amazonaws.com`,
/// `delivery.logs.amazonaws.com`.
enum ServicePrincipal {
    /// Whether a part of the name is a service's. (Which service has which principals is published service by service; what
    /// is left to be found here is a name that is no service's at all.)
    static func isKnown(_ principal: String) -> Bool {
        guard let end = principal.firstRange(of: ".amazonaws.com") ?? principal.firstRange(of: ".amazon.com"),
            ["", ".cn"].contains(principal[end.upperBound...])
        else { return false }
        return principal[..<end.lowerBound].split(separator: ".", omittingEmptySubsequences: false)
            .contains { names.contains($0.lowercased()) }
    }

    private static let names: Set<String> = {
        var names = others
        for model in Catalog.builtIn.serviceNames.compactMap({ Catalog.builtIn.service($0) }) {
            for name in [model.name, model.signingName, model.endpointPrefix] {
                names.formUnion(name.split(separator: ".").map { String($0) })
            }
        }
        return names
    }()

    /// Principals that no API is named after.
    private static let others: Set<String> = [
        "alexa-appkit", "aws-artifact-account-sync", "billingconsole", "cloudwatch-crossaccount", "directoryservice",
        "ec2fleet", "ec2scheduled", "ecs-tasks", "edgelambda", "eks-fargate", "eks-fargate-pods", "lex", "lexv2",
        "managedservices", "opsworks", "spot", "spotfleet", "sqlworkbench", "tagpolicies", "transitgateway",
        "trustedadvisor", "vmie", "vpc-flow-logs",
    ]
}
