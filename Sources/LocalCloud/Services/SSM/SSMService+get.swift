import AWSModel

extension SSMService {
    func getParameter(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["Name"]?.string ?? ""
        return .map(["Parameter": try read(name, input["WithDecryption"]?.bool ?? false, context)])
    }

    private func read(_ text: String, _ isDecrypted: Bool, _ context: CallContext) throws(ServiceError) -> AWSValue {
        let reference = ParameterReference(text)
        if let parameter = PublicParameters.find(reference.name, region: context.region) { return parameter }
        let parameter = try existing(reference.name, context)
        let version = try version(of: parameter, reference)
        return parameter.answer(
            version, selector: reference.selector.map { ":\($0)" }, isDecrypted: isDecrypted)
    }

    private func version(
        of parameter: Parameter, _ reference: ParameterReference
    ) throws(ServiceError) -> Parameter.Version {
        guard let selector = reference.selector else {
            guard let last = parameter.versions.last else { throw .parameterNotFound(parameter.name) }
            return last
        }
        let found = parameter.versions.first { version in
            Int64(selector).map { $0 == version.number } ?? version.labels.contains(selector)
        }
        guard let found else {
            throw ServiceError(
                "ParameterVersionNotFound",
                "Systems Manager could not find version \(selector) of \(parameter.name). Verify the version and try again."
            )
        }
        return found
    }

    func getParameters(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let names = input["Names"]?.strings ?? []
        guard names.count <= 10 else {
            throw ServiceError(
                "ValidationException", ValidationText.one("names", must: .greatestLength(10)) + ".")
        }
        var found: [AWSValue] = []
        var invalid: [AWSValue] = []
        for name in Set(names).sorted() {
            do {
                found.append(try read(name, input["WithDecryption"]?.bool ?? false, context))
            } catch {
                invalid.append(.string(name))
            }
        }
        return ["Parameters": .list(found), "InvalidParameters": .list(invalid)]
    }

    func getParametersByPath(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let path = input["Path"]?.string ?? ""
        guard path.hasPrefix("/") else {
            throw ServiceError(
                "ValidationException",
                "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
                    + "slash \"/\".")
        }
        try ParameterFilter.check(input["ParameterFilters"], isByPath: true)
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let isRecursive = input["Recursive"]?.bool ?? false
        let isDecrypted = input["WithDecryption"]?.bool ?? false
        var matching = PublicParameters.below(prefix, region: context.region)
        for parameter in parameters.all(account: context.account, region: context.region) {
            guard parameter.name.hasPrefix(prefix) || prefix == "/", let version = parameter.versions.last else {
                continue
            }
            let rest = parameter.name.dropFirst(prefix == "/" && !parameter.name.hasPrefix("/") ? 0 : prefix.count)
            guard isRecursive || !rest.contains("/"),
                ParameterFilter.allMatch(input["ParameterFilters"], parameter)
            else { continue }
            matching.append(parameter.answer(version, isDecrypted: isDecrypted))
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 10, 10),
            invalidToken: "InvalidNextToken")
        return .structure(["Parameters": .list(page), "NextToken": next.map { .string($0) }])
    }

    func describeParameters(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        guard (input["ParameterFilters"]?.list ?? []).isEmpty || (input["Filters"]?.list ?? []).isEmpty else {
            throw ServiceError(
                "ValidationException", "You can use either Filters or ParameterFilters in a single request.")
        }
        try ParameterFilter.check(input["ParameterFilters"], isByPath: false)
        let matching = parameters.all(account: context.account, region: context.region).filter {
            ParameterFilter.allMatch(input["ParameterFilters"], $0)
                && ParameterFilter.allMatch(input["Filters"], $0, isOldForm: true)
        }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 50, 50),
            invalidToken: "InvalidNextToken")
        return .structure([
            "Parameters": .list(page.compactMap { parameter in parameter.versions.last.map(parameter.metadata) }),
            "NextToken": next.map { .string($0) },
        ])
    }

    func getParameterHistory(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let parameter = try existing(ParameterReference(input["Name"]?.string ?? "").name, context)
        let isDecrypted = input["WithDecryption"]?.bool ?? false
        let history = parameter.versions.map { version -> AWSValue in
            var entry = parameter.metadata(version)
            entry["ARN"] = nil
            entry["Value"] = parameter.value(version, isDecrypted: isDecrypted)
            entry["Labels"] = .list(version.labels.map { .string($0) })
            return entry
        }
        let (page, next) = try Page.of(
            history, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 50, 50),
            invalidToken: "InvalidNextToken")
        return .structure(["Parameters": .list(page), "NextToken": next.map { .string($0) }])
    }

    func deleteParameter(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let parameter = try existing(ParameterReference(input["Name"]?.string ?? "").name, context)
        parameters[context.account, context.region, parameter.name] = nil
        publishChange("Delete", parameter, context)
        return [:]
    }

    func deleteParameters(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var deleted: [AWSValue] = []
        var invalid: [AWSValue] = []
        for name in input["Names"]?.strings ?? [] {
            if let parameter = parameters.remove(account: context.account, region: context.region, key: name) {
                deleted.append(.string(name))
                publishChange("Delete", parameter, context)
            } else {
                invalid.append(.string(name))
            }
        }
        return ["DeletedParameters": .list(deleted), "InvalidParameters": .list(invalid)]
    }

    func labelParameterVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var parameter = try existing(ParameterReference(input["Name"]?.string ?? "").name, context)
        let number = input["ParameterVersion"]?.integer ?? parameter.versions.last?.number ?? 0
        guard let at = parameter.versions.firstIndex(where: { $0.number == number }) else {
            throw ServiceError(
                "ParameterVersionNotFound",
                "Systems Manager could not find version \(number) of \(parameter.name). Verify the version and try again."
            )
        }
        var invalid: [AWSValue] = []
        for label in input["Labels"]?.strings ?? [] {
            let lowered = label.lowercased()
            if label.first?.isNumber ?? true || lowered.hasPrefix("aws") || lowered.hasPrefix("ssm")
                || label.count > 100
            {
                invalid.append(.string(label))
                continue
            }
            for other in parameter.versions.indices { parameter.versions[other].labels.removeAll { $0 == label } }
            parameter.versions[at].labels.append(label)
        }
        guard parameter.versions[at].labels.count <= 10 else {
            throw ServiceError(
                "ParameterVersionLabelLimitExceeded", "A parameter version can have a maximum of ten labels.")
        }
        parameters[context.account, context.region, parameter.name] = parameter
        return ["InvalidLabels": .list(invalid), "ParameterVersion": .integer(number)]
    }

    func unlabelParameterVersion(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var parameter = try existing(ParameterReference(input["Name"]?.string ?? "").name, context)
        let number = input["ParameterVersion"]?.integer ?? 0
        guard let at = parameter.versions.firstIndex(where: { $0.number == number }) else {
            throw ServiceError(
                "ParameterVersionNotFound",
                "Systems Manager could not find version \(number) of \(parameter.name). Verify the version and try again."
            )
        }
        let wanted = input["Labels"]?.strings ?? []
        let removed = wanted.filter { parameter.versions[at].labels.contains($0) }
        parameter.versions[at].labels.removeAll { removed.contains($0) }
        parameters[context.account, context.region, parameter.name] = parameter
        return [
            "RemovedLabels": .list(removed.map { .string($0) }),
            "InvalidLabels": .list(wanted.filter { !removed.contains($0) }.map { .string($0) }),
        ]
    }
}
