import FoundationEssentials

/// A policy in the language of IAM, read from JSON.
///
/// Source: "IAM JSON policy element reference", IAM User Guide.
struct PolicyDocument: Decodable, Sendable {
    var version: String?
    var statements: [PolicyStatement]

    private enum CodingKeys: String, CodingKey {
        case version = "Version", statements = "Statement", id = "Id"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decodeIfPresent(String.self, forKey: .version)
        if let one = try? container.decode(PolicyStatement.self, forKey: .statements) {
            statements = [one]
        } else {
            statements = try container.decode([PolicyStatement].self, forKey: .statements)
        }
    }

    /// Whether it lets everyone in with no condition.
    var isPublic: Bool {
        statements.contains { $0.effect == .allow && $0.principals?.isEveryone == true && $0.conditions.isEmpty }
    }

    static func parse(_ json: String) throws -> PolicyDocument {
        try JSONDecoder().decode(PolicyDocument.self, from: Data(json.utf8))
    }
}

struct PolicyStatement: Decodable, Sendable {
    enum Effect: String, Decodable, Sendable { case allow = "Allow", deny = "Deny" }

    var sid: String?
    var effect: Effect
    var actions: [String]?
    var notActions: [String]?
    var resources: [String]?
    var notResources: [String]?
    var principals: PolicyPrincipals?
    var notPrincipals: PolicyPrincipals?
    /// Operator → key → values.
    var conditions: [String: [String: PolicyValues]]

    private enum CodingKeys: String, CodingKey {
        case sid = "Sid", effect = "Effect", actions = "Action", notActions = "NotAction", resources = "Resource",
            notResources = "NotResource", principals = "Principal", notPrincipals = "NotPrincipal",
            conditions = "Condition"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sid = try container.decodeIfPresent(String.self, forKey: .sid)
        effect = try container.decode(Effect.self, forKey: .effect)
        actions = try container.decodeIfPresent(PolicyValues.self, forKey: .actions)?.values
        notActions = try container.decodeIfPresent(PolicyValues.self, forKey: .notActions)?.values
        resources = try container.decodeIfPresent(PolicyValues.self, forKey: .resources)?.values
        notResources = try container.decodeIfPresent(PolicyValues.self, forKey: .notResources)?.values
        principals = try container.decodeIfPresent(PolicyPrincipals.self, forKey: .principals)
        notPrincipals = try container.decodeIfPresent(PolicyPrincipals.self, forKey: .notPrincipals)
        conditions =
            try container.decodeIfPresent([String: [String: PolicyValues]].self, forKey: .conditions) ?? [:]
    }
}

/// One value or a list of them; booleans and numbers as text.
struct PolicyValues: Decodable, Sendable {
    var values: [String]

    private struct Scalar: Decodable {
        let text: String
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(String.self) {
                text = value
            } else if let value = try? container.decode(Bool.self) {
                text = value ? "true" : "false"
            } else if let value = try? container.decode(Int64.self) {
                text = String(value)
            } else {
                text = String(try container.decode(Double.self))
            }
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(Scalar.self) {
            values = [one.text]
        } else {
            values = try container.decode([Scalar].self).map(\.text)
        }
    }
}

/// `"*"`, or lists of accounts and ARNs ("AWS"), services ("Service") and providers ("Federated").
struct PolicyPrincipals: Decodable, Sendable {
    var isEveryone = false
    var byKind: [String: [String]] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            guard text == "*" else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a principal is \"*\" or an object")
            }
            isEveryone = true
        } else {
            byKind = try container.decode([String: PolicyValues].self).mapValues(\.values)
            isEveryone = byKind["AWS"]?.contains("*") ?? false
        }
    }
}
