/// Walks endpoint rules: the first rule whose conditions all hold decides. What a condition assigns is seen by the
/// conditions after it and by the rules below, not by its siblings.
struct RuleEvaluator {
    let partitions: Partitions

    typealias Scope = [AWSValue?]

    func evaluate(_ rules: [EndpointRule], scope: Scope) throws(EndpointFailure) -> ResolvedEndpoint? {
        for rule in rules {
            var scope = scope
            guard try holds(rule.conditions, scope: &scope) else { continue }
            switch rule.outcome {
            case .tree(let inner):
                if let found = try evaluate(inner, scope: scope) { return found }
            case .error(let message):
                throw EndpointFailure(try value(of: message, scope).string ?? "the endpoint rules refuse the request")
            case .endpoint(let url, let headers, let properties):
                guard let url = try value(of: url, scope).string else {
                    throw EndpointFailure("the endpoint rules give no URL")
                }
                var resolved: [ResolvedEndpoint.Header] = []
                for header in headers {
                    var values: [String] = []
                    for item in header.values { values.append(try value(of: item, scope).string ?? "") }
                    resolved.append(ResolvedEndpoint.Header(name: header.name, values: values))
                }
                return ResolvedEndpoint(
                    url: url, headers: resolved, properties: try value(of: properties, scope).map ?? [:])
            }
        }
        return nil
    }

    /// A condition fails when its result is false or nothing.
    private func holds(_ conditions: [RuleCondition], scope: inout Scope) throws(EndpointFailure) -> Bool {
        for condition in conditions {
            let result = try value(of: condition.expression, scope)
            if let slot = condition.assign, slot < scope.count {
                guard scope[slot] == nil else {
                    throw EndpointFailure("the endpoint rules assign a variable twice")
                }
                scope[slot] = result == .null ? nil : result
            }
            if result == .null || result == .bool(false) { return false }
        }
        return true
    }

    private func value(of expression: RuleExpression, _ scope: Scope) throws(EndpointFailure) -> AWSValue {
        switch expression {
        case .variable(let slot): return (slot < scope.count ? scope[slot] : nil) ?? .null
        case .literal(let value): return value
        case .template(let parts):
            var text = ""
            for part in parts {
                switch part {
                case .text(let literal): text += literal
                case .variable(let slot, let attributes): text += try attribute(attributes, of: slot, scope)
                }
            }
            return .string(text)
        case .call(let function, let arguments):
            var values: [AWSValue] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(try value(of: argument, scope)) }
            return try call(function, values)
        case .list(let items):
            var values: [AWSValue] = []
            for item in items { values.append(try value(of: item, scope)) }
            return .list(values)
        case .map(let entries):
            var map = AWSMap()
            for entry in entries { map[entry.key] = try value(of: entry.value, scope) }
            return .map(map)
        }
    }

    private func attribute(_ path: [String], of slot: Int, _ scope: Scope) throws(EndpointFailure) -> String {
        var value = (slot < scope.count ? scope[slot] : nil) ?? .null
        for name in path { value = value[name] ?? .null }
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        default: throw EndpointFailure("the endpoint rules use a variable that has no value")
        }
    }

    private func call(_ function: RuleFunction, _ arguments: [AWSValue]) throws(EndpointFailure) -> AWSValue {
        func argument(_ index: Int) -> AWSValue { index < arguments.count ? arguments[index] : .null }
        let first = argument(0)
        switch function {
        case .isSet: return .bool(first != .null)
        case .not: return .bool(first == .null || first == .bool(false))
        case .getAttr: return RuleFunctions.attribute(argument(1).string ?? "", of: first)
        case .stringEquals:
            guard let left = first.string, let right = argument(1).string else {
                throw EndpointFailure("the endpoint rules compare something that is not a string")
            }
            return .bool(left == right)
        case .booleanEquals:
            guard let left = first.bool, let right = argument(1).bool else {
                throw EndpointFailure("the endpoint rules compare something that is not a boolean")
            }
            return .bool(left == right)
        case .substring:
            guard let text = first.string else {
                throw EndpointFailure("the endpoint rules take a part of something that is not a string")
            }
            let part = RuleFunctions.substring(
                text, from: argument(1).int ?? 0, to: argument(2).int ?? 0, fromEnd: argument(3).bool ?? false)
            return part.map(AWSValue.string) ?? .null
        case .uriEncode: return first.string.map { .string(RuleFunctions.uriEncode($0)) } ?? .null
        case .parseURL: return first.string.flatMap(RuleFunctions.parseURL) ?? .null
        case .isValidHostLabel:
            return .bool(first.string.map { RuleFunctions.isHostLabel($0, dotted: argument(1).bool ?? false) } ?? false)
        case .partition: return .map(partitions.partition(forRegion: first.string ?? "").outputs)
        case .parseARN: return first.string.flatMap(RuleFunctions.parseARN) ?? .null
        case .isVirtualHostableS3Bucket:
            return .bool(
                first.string.map { RuleFunctions.isBucketHost($0, dotted: argument(1).bool ?? false) } ?? false)
        }
    }
}
