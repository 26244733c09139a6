/// Decides over one request from all policies that apply to it.
///
/// Source: "Policy evaluation logic", IAM User Guide: an explicit deny anywhere wins; a permissions boundary and a session
/// policy each have to allow; then an identity's policy, or in the same account the resource's own, has to allow.
struct PolicyEvaluator {
    enum Decision: Equatable {
        case allowed
        /// Why not, as AWS's messages end.
        case denied(reason: String)
    }

    var identity: [PolicyDocument]
    var boundary: PolicyDocument?
    /// Nil for a session that was not narrowed.
    var session: [PolicyDocument]?
    var resource: PolicyDocument?
    /// The resource is another account's: its own policy and the identity's have to allow both.
    var isCrossAccount = false
    /// The resource is a role that is to be assumed: trusting an account trusts everyone in it whom its policies let.
    var isTrust = false

    func decide(_ request: PolicyRequest) -> Decision {
        let action = request.action
        for (kind, documents, isResource) in [
            ("an identity-based policy", identity, false), ("a permissions boundary", boundary.list, false),
            ("a session policy", session ?? [], false), ("a resource-based policy", resource.list, true),
        ] where has(.deny, documents, request, isResource) {
            return .denied(reason: "with an explicit deny in \(kind)")
        }
        let countsAccount = isTrust || isCrossAccount || request.principal.kind == .root
        let resourceAllows = has(.allow, resource.list, request, true, countsAccount)
        if resourceAllows, !isCrossAccount, namesPrincipalDirectly(request) { return .allowed }
        if let boundary, !has(.allow, [boundary], request, false) {
            return .denied(reason: "because no permissions boundary allows the \(action) action")
        }
        if let session, !has(.allow, session, request, false) {
            return .denied(reason: "because no session policy allows the \(action) action")
        }
        let identityAllows = has(.allow, identity, request, false)
        if isCrossAccount {
            if !identityAllows {
                return .denied(reason: "because no identity-based policy allows the \(action) action")
            }
            if !resourceAllows {
                return .denied(reason: "because no resource-based policy allows the \(action) action")
            }
            return .allowed
        }
        if identityAllows || resourceAllows { return .allowed }
        return .denied(reason: "because no identity-based policy allows the \(action) action")
    }

    private func has(
        _ effect: PolicyStatement.Effect, _ documents: [PolicyDocument], _ request: PolicyRequest, _ isResource: Bool,
        _ countsAccount: Bool = true
    ) -> Bool {
        documents.contains { document in
            document.statements.contains {
                $0.effect == effect
                    && request.matches($0, isResourcePolicy: isResource, countsAccount: countsAccount)
            }
        }
    }

    /// A resource's policy that names the session itself is not held back by a boundary.
    private func namesPrincipalDirectly(_ request: PolicyRequest) -> Bool {
        resource?.statements.contains { statement in
            statement.effect == .allow && statement.principals?.byKind["AWS"]?.contains(request.principal.arn) == true
                && request.matches(statement, isResourcePolicy: true)
        } ?? false
    }
}

extension Optional where Wrapped == PolicyDocument {
    fileprivate var list: [PolicyDocument] { map { [$0] } ?? [] }
}
