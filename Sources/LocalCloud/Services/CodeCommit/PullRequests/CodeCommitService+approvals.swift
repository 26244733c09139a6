import AWSModel

/// Approval rules of pull requests, approvals, and setting the rules aside.
extension CodeCommitService {
    var approvalOperations: [String: OperationHandler] {
        [
            "CreatePullRequestApprovalRule": createApprovalRule,
            "UpdatePullRequestApprovalRuleContent": updateApprovalRule,
            "DeletePullRequestApprovalRule": deleteApprovalRule,
            "UpdatePullRequestApprovalState": updateApprovalState,
            "GetPullRequestApprovalStates": getApprovalStates,
            "EvaluatePullRequestApprovalRules": evaluateApprovalRules,
            "OverridePullRequestApprovalRules": overrideApprovalRules,
            "GetPullRequestOverrideState": getOverrideState,
        ]
    }

    private func createApprovalRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try pullRequest(input, context, mustBeOpen: true)
        let name = try input.require("approvalRuleName", code: "ApprovalRuleNameRequiredException")
        try CodeCommitInput.checkRuleName(name)
        let content = try input.require("approvalRuleContent", code: "ApprovalRuleContentRequiredException")
        guard !request.rules.contains(where: { $0.name == name }) else {
            throw ServiceError(
                "ApprovalRuleNameAlreadyExistsException", "The pull request has an approval rule \(name) already")
        }
        guard request.rules.count < 30 else {
            throw ServiceError("NumberOfRulesExceededException", "A pull request has 30 approval rules at most")
        }
        let rule = try ApprovalRule(name: name, content: content, by: context.principal, at: cloud.clock.now)
        request.rules.append(rule)
        note(request, rule, "CREATED", "Created", context)
        return ["approvalRule": rule.value]
    }

    private func updateApprovalRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try pullRequest(input, context, mustBeOpen: true)
        let name = try input.require("approvalRuleName", code: "ApprovalRuleNameRequiredException")
        let content = try input.require("newRuleContent", code: "ApprovalRuleContentRequiredException")
        guard let at = request.rules.firstIndex(where: { $0.name == name }) else {
            throw ServiceError("ApprovalRuleDoesNotExistException", "The pull request has no approval rule \(name)")
        }
        if let digest = input["existingRuleContentSha256"]?.string, digest != request.rules[at].digest {
            throw ServiceError(
                "InvalidRuleContentSha256Exception", "The digest is not that of the rule's present content")
        }
        try ApprovalRule.check(content)
        request.rules[at].content = content
        request.rules[at].changed = cloud.clock.now
        request.rules[at].changedBy = context.principal.arn
        note(request, request.rules[at], "UPDATED", "Updated", context)
        return ["approvalRule": request.rules[at].value]
    }

    private func deleteApprovalRule(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try pullRequest(input, context, mustBeOpen: true)
        let name = try input.require("approvalRuleName", code: "ApprovalRuleNameRequiredException")
        guard let at = request.rules.firstIndex(where: { $0.name == name }) else { return ["approvalRuleId": ""] }
        let rule = request.rules.remove(at: at)
        note(request, rule, "DELETED", "Deleted", context)
        return ["approvalRuleId": .string(rule.id)]
    }

    private func note(
        _ request: PullRequest, _ rule: ApprovalRule, _ type: String, _ word: String, _ context: CallContext
    ) {
        note(
            request, "PULL_REQUEST_APPROVAL_RULE_\(type)", "approvalRuleEventMetadata",
            [
                "approvalRuleName": .string(rule.name), "approvalRuleId": .string(rule.id),
                "approvalRuleContent": .string(rule.content),
            ], "pullRequestApprovalRule\(word)", by: context.principal, region: context.region)
    }

    // MARK: - Approvals

    /// The pull request, when the call is about its present revision.
    private func current(_ input: AWSValue, _ context: CallContext, mustBeOpen: Bool = true) throws(ServiceError)
        -> PullRequest
    {
        let request = try pullRequest(input, context, mustBeOpen: mustBeOpen)
        guard try input.require("revisionId", code: "RevisionIdRequiredException") == request.revision else {
            throw ServiceError(
                "RevisionNotCurrentException",
                "The revision is not the present one; the source branch has changed. See GetPullRequest's revisionId")
        }
        return request
    }

    private func updateApprovalState(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try current(input, context)
        let state = try input.require("approvalState", code: "ApprovalStateRequiredException")
        let caller = context.principal.arn
        guard ["APPROVE", "REVOKE"].contains(state) else {
            throw ServiceError("InvalidApprovalStateException", "\(state) is not APPROVE or REVOKE")
        }
        guard caller != request.author else {
            throw ServiceError(
                "PullRequestCannotBeApprovedByAuthorException", "The author of a pull request cannot approve it")
        }
        request.approvers.removeAll { $0 == caller }
        if state == "APPROVE" { request.approvers.append(caller) }
        note(
            request, "PULL_REQUEST_APPROVAL_STATE_CHANGED", "approvalStateChangedEventMetadata",
            ["revisionId": .string(request.revision), "approvalStatus": .string(state)],
            "pullRequestApprovalStateChanged", by: context.principal, region: context.region)
        return [:]
    }

    private func getApprovalStates(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let request = try current(input, context, mustBeOpen: false)
        return [
            "approvals": .list(
                request.approvers.map { ["userArn": .string($0), "approvalState": "APPROVE"] })
        ]
    }

    private func evaluateApprovalRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let request = try current(input, context, mustBeOpen: false)
        let missing = request.unsatisfiedRules
        let met = request.rules.map(\.name).filter { !missing.contains($0) }
        return [
            "evaluation": [
                "approved": .bool(missing.isEmpty || request.overrider != nil),
                "overridden": .bool(request.overrider != nil),
                "approvalRulesSatisfied": .list(met.map(AWSValue.string)),
                "approvalRulesNotSatisfied": .list(missing.map(AWSValue.string)),
            ]
        ]
    }

    private func overrideApprovalRules(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var request = try current(input, context)
        let status = try input.require("overrideStatus", code: "OverrideStatusRequiredException")
        guard ["OVERRIDE", "REVOKE"].contains(status) else {
            throw ServiceError("InvalidOverrideStatusException", "\(status) is not OVERRIDE or REVOKE")
        }
        guard (status == "OVERRIDE") != (request.overrider != nil) else {
            throw ServiceError("OverrideAlreadySetException", "The override is set to \(status) already")
        }
        request.overrider = status == "OVERRIDE" ? context.principal.arn : nil
        note(
            request, "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN", "approvalRuleOverriddenEventMetadata",
            ["revisionId": .string(request.revision), "overrideStatus": .string(status)],
            "pullRequestApprovalRuleOverridden", by: context.principal, region: context.region)
        return [:]
    }

    private func getOverrideState(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let request = try current(input, context, mustBeOpen: false)
        return .structure([
            "overridden": .bool(request.overrider != nil), "overrider": request.overrider.map(AWSValue.string),
        ])
    }
}

extension PullRequest {
    /// Names of the rules that the approvals so far do not satisfy.
    var unsatisfiedRules: [String] { rules.filter { !$0.isSatisfied(by: approvers) }.map(\.name) }
}
