import AWSModel

extension SecretsManagerService {
    func createSecret(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("Name", code: "InvalidParameterException")
        let isAllowed = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "/_+=.@-".utf8.contains(byte)
        }
        guard isAllowed, name.utf8.count <= 512 else {
            throw ServiceError(
                "ValidationException",
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
            )
        }
        if let existing = secrets[context.account, context.region, name] {
            if existing.deletion != nil {
                throw ServiceError(
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already scheduled for deletion.")
            }
            let token = input["ClientRequestToken"]?.string
            if let token, let version = existing.versions.first(where: { $0.id == token }),
                version.string == input["SecretString"]?.string, version.binary == input["SecretBinary"]?.blob
            {
                return answer(existing, version.id)
            }
            throw ServiceError(
                "ResourceExistsException", "The operation failed because the secret \(name) already exists.")
        }
        try checkKey(input, context)
        try Self.tagRules.check([Tag](input["Tags"]))
        let now = cloud.clock.now
        var secret = Secret(
            name: name,
            arn:
                "arn:aws:secretsmanager:\(context.region):\(context.account):secret:\(name)-\(Identifier.alphanumeric(6))",
            description: input["Description"]?.string, keyID: input["KmsKeyId"]?.string, tags: [Tag](input["Tags"]),
            created: now, changed: now)
        let version = try newVersion(input, stages: [Secret.current])
        if let version { secret.add(version) }
        save(secret, context)
        return answer(secret, version?.id)
    }

    private func checkKey(_ input: AWSValue, _ context: CallContext) throws(ServiceError) {
        guard let key = input["KmsKeyId"]?.string, !key.isEmpty,
            !cloud.service(KMSService.self).isUsable(key, context)
        else { return }
        throw ServiceError(
            "EncryptionFailure",
            "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state: \(key)"
        )
    }

    private func answer(_ secret: Secret, _ version: String?) -> AWSValue {
        .structure([
            "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": version.map { .string($0) },
        ])
    }

    private func newVersion(_ input: AWSValue, stages: [String]) throws(ServiceError) -> Secret.Version? {
        let string = input["SecretString"]?.string
        let binary = input["SecretBinary"]?.blob
        guard string == nil || binary == nil else {
            throw ServiceError("InvalidParameterException", "You can't specify both SecretString and SecretBinary.")
        }
        guard string != nil || binary != nil else { return nil }
        guard (string?.utf8.count ?? binary?.count ?? 0) <= 65536 else {
            throw ServiceError("InvalidParameterException", "The secret value can't be longer than 65536 bytes.")
        }
        return Secret.Version(
            id: input["ClientRequestToken"]?.string ?? Identifier.uuid(), string: string, binary: binary,
            stages: stages,
            created: cloud.clock.now)
    }

    func getSecretValue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        let id = input["VersionId"]?.string
        let stage = input["VersionStage"]?.string
        guard let version = secret.version(id: id, stage: stage) else {
            let what = id.map { "VersionId: \($0)" } ?? "staging label: \(stage ?? Secret.current)"
            throw ServiceError(
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for \(what)")
        }
        let day = (cloud.clock.now / 86400).rounded(.down) * 86400
        if secret.accessed != day {
            secret.accessed = day
            save(secret, context)
        }
        return value(secret, version)
    }

    private func value(_ secret: Secret, _ version: Secret.Version) -> AWSValue {
        .structure([
            "ARN": .string(secret.arn), "Name": .string(secret.name), "VersionId": .string(version.id),
            "SecretBinary": version.binary.map { .blob($0) }, "SecretString": version.string.map { .string($0) },
            "VersionStages": .list(version.stages.map { .string($0) }), "CreatedDate": .timestamp(version.created),
        ])
    }

    func batchGetSecretValue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var values: [AWSValue] = []
        var errors: [AWSValue] = []
        let filters = input["Filters"]?.list
        guard (input["SecretIdList"]?.strings == nil) != (filters == nil) else {
            throw ServiceError(
                "InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
        }
        var next: String?
        if let filters {
            let matching = secrets.all(account: context.account, region: context.region).filter { secret in
                secret.deletion == nil && filters.allSatisfy { Self.matches($0, secret) }
            }
            let page = try Page.of(
                matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 20, 20))
            next = page.next
            values = page.elements.compactMap { secret in
                secret.version(id: nil, stage: nil).map { value(secret, $0) }
            }
        }
        for id in input["SecretIdList"]?.strings ?? [] {
            do {
                let secret = try existing(["SecretId": .string(id)], context)
                guard let version = secret.version(id: nil, stage: nil) else { continue }
                values.append(value(secret, version))
            } catch {
                errors.append([
                    "SecretId": .string(id), "ErrorCode": .string(error.code), "Message": .string(error.message),
                ])
            }
        }
        return .structure([
            "SecretValues": .list(values), "Errors": .list(errors), "NextToken": next.map { .string($0) },
        ])
    }

    func putSecretValue(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        let stages = input["VersionStages"]?.strings ?? [Secret.current]
        guard let version = try newVersion(input, stages: stages) else {
            throw ServiceError(
                "InvalidRequestException", "You must provide either SecretString or SecretBinary.")
        }
        if let same = secret.versions.first(where: { $0.id == version.id }) {
            guard same.string == version.string, same.binary == version.binary else {
                throw ServiceError(
                    "ResourceExistsException",
                    "The operation failed because a version with this ClientRequestToken already exists with another value."
                )
            }
        } else {
            secret.add(version)
        }
        secret.changed = cloud.clock.now
        save(secret, context)
        var answer = answer(secret, version.id)
        answer["VersionStages"] = .list(
            (secret.versions.first { $0.id == version.id }?.stages ?? stages).map { .string($0) })
        return answer
    }

    func updateSecret(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        try checkKey(input, context)
        if let text = input["Description"]?.string { secret.description = text }
        if let key = input["KmsKeyId"]?.string { secret.keyID = key }
        let version = try newVersion(input, stages: [Secret.current])
        if let version {
            guard !secret.versions.contains(where: { $0.id == version.id }) else {
                throw ServiceError(
                    "ResourceExistsException",
                    "The operation failed because a version with this ClientRequestToken already exists.")
            }
            secret.add(version)
        }
        secret.changed = cloud.clock.now
        save(secret, context)
        return answer(secret, version?.id)
    }

    func updateSecretVersionStage(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        let stage = try input.require("VersionStage", code: "InvalidParameterException")
        if let from = input["RemoveFromVersionId"]?.string {
            guard let at = secret.versions.firstIndex(where: { $0.id == from }),
                secret.versions[at].stages.contains(stage)
            else {
                throw ServiceError(
                    "InvalidParameterException",
                    "Not a valid version, or staging label \(stage) isn't attached to version \(from).")
            }
            guard stage != Secret.current || input["MoveToVersionId"] != nil else {
                throw ServiceError(
                    "InvalidParameterException",
                    "You can only move staging label \(stage) to a different secret version. It can't be completely removed."
                )
            }
            secret.versions[at].stages.removeAll { $0 == stage }
            if stage == Secret.current, input["MoveToVersionId"] != nil {
                for other in secret.versions.indices {
                    secret.versions[other].stages.removeAll { $0 == Secret.previous }
                }
                secret.versions[at].stages.append(Secret.previous)
            }
        }
        if let to = input["MoveToVersionId"]?.string {
            guard let at = secret.versions.firstIndex(where: { $0.id == to }) else {
                throw ServiceError(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the specified secret value for VersionId: \(to)")
            }
            guard !secret.versions.contains(where: { $0.stages.contains(stage) && $0.id != to }) else {
                throw ServiceError(
                    "InvalidParameterException",
                    "The parameter RemoveFromVersionId can't be empty. Staging label \(stage) is currently attached to "
                        + "another version, so you must explicitly reference that version in RemoveFromVersionId.")
            }
            if !secret.versions[at].stages.contains(stage) { secret.versions[at].stages.append(stage) }
        }
        save(secret, context)
        return answer(secret, nil)
    }

    func listSecretVersionIDs(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let secret = try existing(input, context, isReadable: false)
        let includesDeprecated = input["IncludeDeprecated"]?.bool ?? false
        let versions = secret.versions.filter { includesDeprecated || !$0.stages.isEmpty }
        let (page, next) = try Page.of(
            versions, token: input["NextToken"]?.string, limit: input["MaxResults"]?.int ?? 100)
        return .structure([
            "Versions": .list(
                page.map {
                    [
                        "VersionId": .string($0.id), "VersionStages": .list($0.stages.map { .string($0) }),
                        "CreatedDate": .timestamp($0.created),
                    ]
                }), "NextToken": next.map { .string($0) }, "ARN": .string(secret.arn), "Name": .string(secret.name),
        ])
    }
}
