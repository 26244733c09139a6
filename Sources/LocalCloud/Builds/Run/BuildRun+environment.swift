import AWSModel

/// The environment of a build's commands, and the secrets in it.
extension BuildRun {
    /// Start request over project over buildspec; what CodeBuild itself sets comes first and is not overridden by less.
    func prepareEnvironment() async throws {
        guard let record, let role else { return }
        var variables: [(name: String, value: String, type: String)] = []
        func add(_ name: String, _ value: String, _ type: String) {
            if !variables.contains(where: { $0.name == name }) { variables.append((name, value, type)) }
        }
        for item in record.environment["environmentVariables"]?.list ?? [] {
            add(item["name"]?.string ?? "", item["value"]?.string ?? "", item["type"]?.string ?? "PLAINTEXT")
        }
        for (name, value) in spec.parameterStore { add(name, value, "PARAMETER_STORE") }
        for (name, value) in spec.secretsManager { add(name, value, "SECRETS_MANAGER") }
        for (name, value) in spec.variables { add(name, value, "PLAINTEXT") }

        let parameters = try await parameters(variables.filter { $0.type == "PARAMETER_STORE" }.map(\.value))
        var secrets: [String] = []
        var values: [String: String] = [:]
        for variable in variables {
            switch variable.type {
            case "PARAMETER_STORE":
                guard let value = parameters[variable.value] else {
                    throw Failure("Decrypted Variables Error", "parameter does not exist: \(variable.value)")
                }
                values[variable.name] = value
                secrets.append(value)
                secretNames.insert(variable.name)
            case "SECRETS_MANAGER":
                let value = try await secret(variable.value)
                values[variable.name] = value
                secrets.append(value)
                secretNames.insert(variable.name)
            default:
                values[variable.name] = variable.value
            }
        }
        let keys = cloud.iam.temporaryCredentials(for: role)
        secrets += [keys.secretAccessKey, keys.sessionToken].compactMap { $0 }
        log.mask(secrets)
        let git =
            spec.gitCredentialHelper ? BuildPrograms.gitSettings(endpoint: cloud.endpoint, region: region) : [:]
        environment = HostTools.environment()
            .merging(credentials(keys), uniquingKeysWith: { $1 })
            .merging(git, uniquingKeysWith: { $1 })
            .merging(own(record), uniquingKeysWith: { $1 })
            .merging(values, uniquingKeysWith: { $1 })
    }

    private func parameters(_ names: [String]) async throws -> [String: String] {
        guard let role, !names.isEmpty else { return [:] }
        var found: [String: String] = [:]
        let unique = Array(Set(names)).sorted()
        for start in stride(from: 0, to: unique.count, by: 10) {
            let part = unique[start..<min(start + 10, unique.count)]
            let answer: AWSValue
            do {
                answer = try await cloud.call(
                    "ssm", "GetParameters", ["Names": .list(part.map(AWSValue.string)), "WithDecryption": true],
                    as: role,
                    region: region)
            } catch let error as ServiceError {
                throw Failure("Decrypted Variables Error", "\(error.code): \(error.message)")
            }
            for parameter in answer["Parameters"]?.list ?? [] {
                guard let value = parameter["Value"]?.string else { continue }
                if let name = parameter["Name"]?.string { found[name] = value }
                if let arn = parameter["ARN"]?.string { found[arn] = value }
            }
        }
        return found
    }

    /// `secret-id:json-key:version-stage:version-id`; an ARN's own colons belong to the id.
    private func secret(_ reference: String) async throws -> String {
        guard let role else { return "" }
        var parts = reference.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var id = parts.removeFirst()
        if id == "arn", parts.count >= 6 {
            id = (["arn"] + parts.prefix(6)).joined(separator: ":")
            parts.removeFirst(6)
        }
        func part(_ at: Int) -> AWSValue? { at < parts.count && !parts[at].isEmpty ? .string(parts[at]) : nil }
        let answer: AWSValue
        do {
            answer = try await cloud.call(
                "secretsmanager", "GetSecretValue",
                .structure(["SecretId": .string(id), "VersionStage": part(1), "VersionId": part(2)]), as: role,
                region: region)
        } catch let error as ServiceError {
            throw Failure("Decrypted Variables Error", "Secrets Manager Error Message: \(error.code): \(error.message)")
        }
        guard let text = answer["SecretString"]?.string else {
            throw Failure("Decrypted Variables Error", "Secrets Manager Error Message: secret \(id) has no text value")
        }
        guard let key = part(0)?.string else { return text }
        switch try? JSON.parse(Array(text.utf8))[key] {
        case .string(let value)?: return value
        case .integer(let value)?: return String(value)
        case .bool(let value)?: return value ? "true" : "false"
        case let other?: return String(decoding: JSON.write(other), as: UTF8.self)
        case nil:
            throw Failure(
                "Decrypted Variables Error",
                "Secrets Manager Error Message: unable to find json key \(key) in secret: \(id)")
        }
    }

    private func credentials(_ keys: IssuedCredentials) -> [String: String] {
        var variables = [
            "AWS_ACCESS_KEY_ID": keys.accessKeyID, "AWS_SECRET_ACCESS_KEY": keys.secretAccessKey, "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region, "AWS_ENDPOINT_URL": cloud.endpoint,
        ]
        variables["AWS_SESSION_TOKEN"] = keys.sessionToken
        return variables
    }

    private func own(_ record: BuildRecord) -> [String: String] {
        var variables = [
            "HOME": "/root", "CODEBUILD_BUILD_ID": id, "CODEBUILD_BUILD_NUMBER": String(record.number),
            "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:\(region):\(account):build/\(id)",
            "CODEBUILD_BUILD_IMAGE": record.environment["image"]?.string ?? "", "CODEBUILD_BUILD_SUCCEEDING": "1",
            "CODEBUILD_INITIATOR": record.initiator, "CODEBUILD_KMS_KEY_ID": record.encryptionKey,
            "CODEBUILD_LOG_PATH": record.logStream ?? "", "CODEBUILD_SRC_DIR": insideSource,
            "CODEBUILD_START_TIME": String(Int64(record.started * 1000)), "CODEBUILD_CI": "true",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": record.resolvedVersion ?? "",
            "CODEBUILD_SOURCE_VERSION": record.sourceVersion ?? "",
            "CODEBUILD_SOURCE_REPO_URL": record.source["location"]?.string ?? "",
        ]
        for input in record.pipeline?.inputs ?? [] where input.name != record.pipeline?.primary {
            variables["CODEBUILD_SRC_DIR_\(input.name)"] = insideDirectory(of: input.name)
        }
        for source in record.secondarySources {
            if let name = source["sourceIdentifier"]?.string {
                variables["CODEBUILD_SRC_DIR_\(name)"] = insideDirectory(of: name)
            }
        }
        return variables
    }

    func insideDirectory(of name: String) -> String { "/codebuild/output/src\(sourceNumber)/\(Self.folderName(name))" }
    func hostDirectory(of name: String) -> String { "\(hostSources)/\(Self.folderName(name))" }

    /// The name of a source as that of one folder, whatever the user put into it.
    private static func folderName(_ name: String) -> String {
        name.map { $0.isLetter || $0.isNumber || "-_".contains($0) ? String($0) : "_" }.joined()
    }
}
