/// What IAM checks of a policy before it keeps it.
enum PolicyGrammar {
    enum Kind { case identity, trust }

    /// - Throws: ``ServiceError`` `MalformedPolicyDocument`.
    @discardableResult
    static func check(_ json: String, _ kind: Kind) throws(ServiceError) -> PolicyDocument {
        func malformed(_ message: String) -> ServiceError {
            ServiceError("MalformedPolicyDocument", message, status: 400)
        }
        guard json.utf8.first(where: { $0 != 0x20 && $0 != 0x0a && $0 != 0x0d && $0 != 0x09 }) == UInt8(ascii: "{")
        else {
            throw malformed("This policy contains invalid Json")
        }
        let document: PolicyDocument
        do {
            document = try PolicyDocument.parse(json)
        } catch DecodingError.dataCorrupted {
            throw malformed("This policy contains invalid Json")
        } catch {
            throw malformed("Syntax errors in policy.")
        }
        guard document.version == nil || document.version == "2012-10-17" || document.version == "2008-10-17" else {
            throw malformed("Syntax errors in policy.")
        }
        for statement in document.statements {
            guard (statement.actions == nil) != (statement.notActions == nil) else {
                throw malformed(
                    statement.actions == nil ? "Policy statement must contain actions." : "Syntax errors in policy.")
            }
            let actions = statement.actions ?? statement.notActions ?? []
            guard actions.allSatisfy({ $0 == "*" || $0.contains(":") }) else {
                throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
            }
            switch kind {
            case .identity:
                guard statement.principals == nil, statement.notPrincipals == nil else {
                    throw malformed("Policy document should not specify a principal.")
                }
                guard let resources = statement.resources ?? statement.notResources else {
                    throw malformed("Policy statement must contain resources.")
                }
                guard let wrong = resources.first(where: { $0 != "*" && !$0.hasPrefix("arn:") && !$0.hasPrefix("${") })
                else { continue }
                throw malformed("Resource \(wrong) must be in ARN format or \"*\".")
            case .trust:
                guard statement.resources == nil, statement.notResources == nil else {
                    throw malformed("Has prohibited field Resource")
                }
                guard statement.principals != nil || statement.notPrincipals != nil else {
                    throw malformed("Missing required field Principal")
                }
                let prefixes = actions.filter { $0 != "*" && !$0.lowercased().hasPrefix("sts:") }
                guard prefixes.isEmpty else {
                    throw malformed("AssumeRole policy may only specify STS AssumeRole actions.")
                }
            }
        }
        return document
    }
}
