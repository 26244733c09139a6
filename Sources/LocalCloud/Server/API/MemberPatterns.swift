import AWSModel

/// A regular expression of a service's model that a member has to match as a whole.
struct MemberPattern: Sendable {
    /// As the model writes it, and as AWS says it to whoever does not fit.
    let text: String
    let fits: @Sendable (String) -> Bool

    /// One or more letters and digits of ASCII, and `others`.
    static func characters(_ text: String, _ others: String) -> MemberPattern {
        let others = Set(others.utf8)
        return MemberPattern(text: text) { value in
            !value.isEmpty
                && value.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                        || others.contains(byte)
                }
        }
    }

    /// Five groups of small hexadecimal digits.
    static let uuid = MemberPattern(
        text: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    ) { value in
        let groups = value.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    static let oneLine = MemberPattern(text: ".*") { !$0.contains(where: \.isNewline) }

    /// "arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE" of any partition of AWS.
    static func arn(_ text: String, service: String, hasRegion: Bool, resource prefix: String) -> MemberPattern {
        MemberPattern(text: text) { value in
            let parts = value.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            return parts.count == 6 && parts[0] == "arn" && (parts[1] == "aws" || parts[1].hasPrefix("aws-"))
                && parts[2] == service && parts[3].isEmpty != hasRegion
                && parts[4].utf8.count == 12 && parts[4].utf8.allSatisfy { (48...57).contains($0) }
                && parts[5].hasPrefix(prefix) && !parts[5].isEmpty
        }
    }
}

/// The patterns of services that check their input by their models, by the names of shapes. The models that the product
/// carries have none: a client sends what it is given, so only this side needs them, and only of what is built here.
enum MemberPatterns {
    private static let services: [String: [String: MemberPattern]] = ["codepipeline": codepipeline, "events": events]

    private static let codepipeline: [String: MemberPattern] = {
        let name = MemberPattern.characters("[A-Za-z0-9.@\\-_]+", ".@-_")
        let variable = MemberPattern.characters("[A-Za-z0-9@\\-_]+", "@-_")
        let type = MemberPattern.characters("[0-9A-Za-z_-]+", "_-")
        return [
            "PipelineName": name, "StageName": name, "ActionName": name, "RuleName": name,
            "ActionNamespace": variable, "PipelineVariableName": variable,
            "ActionProvider": type, "RuleProvider": type, "Version": type,
            "ArtifactName": .characters("[a-zA-Z0-9_\\-]+", "_-"),
            "ArtifactStoreLocation": .characters("[a-zA-Z0-9\\-\\.]+", "-."),
            "ClientRequestToken": .characters("^[a-zA-Z0-9-]+$", "-"),
            "DisabledReason": .characters("[a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+", "!@ ().*?-"),
            "EnvironmentVariableName": .characters("[A-Za-z0-9_]+", "_"),
            "PipelineVariableValue": .oneLine, "PipelineVariableDescription": .oneLine,
            "EnvironmentVariableValue": .oneLine,
            "ApprovalToken": .uuid, "PipelineExecutionId": .uuid,
            "ResourceArn": .arn(
                "arn:aws(-[\\w]+)*:codepipeline:.+:[0-9]{12}:.+", service: "codepipeline", hasRegion: true,
                resource: ""),
            "RoleArn": .arn(
                "arn:aws(-[\\w]+)*:iam::[0-9]{12}:role/.*", service: "iam", hasRegion: false, resource: "role/"),
        ]
    }()

    private static let events: [String: MemberPattern] = [
        "RuleName": .characters("[\\.\\-_A-Za-z0-9]+", ".-_"),
        "TargetId": .characters("[\\.\\-_A-Za-z0-9]+", ".-_"),
        "EventBusName": .characters("[/\\.\\-_A-Za-z0-9]+", "/.-_"),
    ]

    /// What an input's members do not match, as ``ValidationText`` says it: their places as in ``ValidationProblem``.
    static func problems(_ input: AWSValue, _ shape: Shape, service: String) -> [(path: String, pattern: String)] {
        guard let patterns = services[service] else { return [] }
        var found: [(path: String, pattern: String)] = []
        func look(_ value: AWSValue, _ shape: Shape, _ path: String) {
            switch shape.kind {
            case .structure:
                for (name, item) in value.map ?? [:] {
                    if let member = shape.member(name) {
                        look(item, member.shape, path.isEmpty ? name : "\(path).\(name)")
                    }
                }
            case .list:
                guard let element = shape.element?.shape else { return }
                for (index, item) in (value.list ?? []).enumerated() { look(item, element, "\(path)[\(index + 1)]") }
            case .map:
                guard let element = shape.value?.shape else { return }
                for (name, item) in value.map ?? [:] { look(item, element, "\(path).\(name)") }
            default:
                guard let text = value.string, let pattern = patterns[shape.name], !pattern.fits(text) else { return }
                found.append((path, pattern.text))
            }
        }
        look(input, shape, "")
        return found
    }
}
