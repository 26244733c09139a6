import AWSModel

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
        if let fault = fault(of: json, document) { throw malformed(fault) }
        for statement in document.statements {
            if let sid = statement.sid, !sid.utf8.allSatisfy(isAlphanumeric) {
                throw malformed(
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
                )
            }
            guard (statement.actions == nil) != (statement.notActions == nil) else {
                throw malformed(
                    statement.actions == nil ? "Policy statement must contain actions." : "Syntax errors in policy.")
            }
            let actions = statement.actions ?? statement.notActions ?? []
            guard actions.allSatisfy(hasVendor) else {
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

    /// What is wrong with any policy, of whichever kind; nil when nothing is.
    ///
    /// From "Grammar of the IAM JSON policy language", IAM User Guide.
    static func fault(of json: String, _ document: PolicyDocument) -> String? {
        let syntax = "Syntax errors in policy."
        guard let value = try? JSON.parse(Array(json.utf8)), let map = value.map else { return syntax }
        guard map.allSatisfy({ elements.contains($0.key) }), document.version.map(versions.contains) ?? true,
            !document.statements.isEmpty
        else { return syntax }
        let statements = value["Statement"]?.list ?? [value["Statement"] ?? [:]]
        guard statements.allSatisfy({ $0.map?.allSatisfy { statementElements.contains($0.key) } ?? false }) else {
            return syntax
        }
        let ids = document.statements.compactMap(\.sid).filter { !$0.isEmpty }
        guard Set(ids).count == ids.count else {
            return "Statement IDs (SID) in a single policy must be unique."
        }
        for name in document.statements.flatMap(\.conditions.keys) where !PolicyCondition(name).isKnown {
            return "Invalid Condition type : \(name)"
        }
        return nil
    }

    private static let versions: Set = ["2012-10-17", "2008-10-17"]
    private static let elements: Set = ["Version", "Id", "Statement"]
    private static let statementElements: Set = [
        "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
    ]

    /// `*`, or a service and what one does there.
    private static func hasVendor(_ action: String) -> Bool {
        guard action != "*", let colon = action.utf8.firstIndex(of: UInt8(ascii: ":")) else { return action == "*" }
        let vendor = action.utf8[..<colon]
        return !vendor.isEmpty && vendor.allSatisfy { isAlphanumeric($0) || "-*?".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    // MARK: - Sizes

    /// Refuses what is longer than IAM keeps of its kind, white space not counted ("IAM and AWS STS quotas").
    static func check(size json: [String], most: Int, _ words: String) throws(ServiceError) {
        let size = json.reduce(0) { $0 + $1.unicodeScalars.count { !$0.properties.isWhitespace } }
        guard size <= most else { throw .limitExceeded(words) }
    }
}
