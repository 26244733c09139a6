import AWSModel

extension SecretsManagerService {
    private func description(_ secret: Secret) -> AWSValue {
        .structure([
            "ARN": .string(secret.arn), "Name": .string(secret.name),
            "Description": secret.description.map { .string($0) }, "KmsKeyId": secret.keyID.map { .string($0) },
            "LastChangedDate": .timestamp(secret.changed), "LastAccessedDate": secret.accessed.map { .timestamp($0) },
            "DeletedDate": secret.deleted.map { .timestamp($0) },
            "Tags": secret.tags.isEmpty ? nil : secret.tags.awsValue(),
            "CreatedDate": .timestamp(secret.created),
        ])
    }

    func describeSecret(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let secret = try existing(input, context, isReadable: false)
        var answer = description(secret)
        answer["VersionIdsToStages"] = secret.stagesByVersion
        return answer
    }

    func listSecrets(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let includesDeleted = input["IncludePlannedDeletion"]?.bool ?? false
        var matching = secrets.all(account: context.account, region: context.region).filter { secret in
            (includesDeleted || secret.deletion == nil)
                && (input["Filters"]?.list ?? []).allSatisfy { Self.matches($0, secret) }
        }
        if input["SortOrder"]?.string == "desc" { matching.reverse() }
        let (page, next) = try Page.of(
            matching, token: input["NextToken"]?.string, limit: min(input["MaxResults"]?.int ?? 100, 100))
        let list = page.map { secret -> AWSValue in
            var entry = description(secret)
            entry["SecretVersionsToStages"] = secret.stagesByVersion
            return entry
        }
        return .structure(["SecretList": .list(list), "NextToken": next.map { .string($0) }])
    }

    /// Values are prefixes; one with "!" in front excludes.
    static func matches(_ filter: AWSValue, _ secret: Secret) -> Bool {
        let fields: [String] =
            switch filter["Key"]?.string {
            case "name": [secret.name]
            case "description": [secret.description ?? ""]
            case "tag-key": secret.tags.map(\.key)
            case "tag-value": secret.tags.map(\.value)
            case "all": [secret.name, secret.description ?? ""] + secret.tags.flatMap { [$0.key, $0.value] }
            default: []
            }
        return (filter["Values"]?.strings ?? []).contains { value in
            value.hasPrefix("!")
                ? !fields.contains { $0.hasPrefix(value.dropFirst()) } : fields.contains { $0.hasPrefix(value) }
        }
    }

    func deleteSecret(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let isForced = input["ForceDeleteWithoutRecovery"]?.bool ?? false
        let window = input["RecoveryWindowInDays"]?.int
        if isForced, window != nil {
            throw ServiceError(
                "InvalidParameterException",
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        }
        let days = window ?? 30
        guard (7...30).contains(days) else {
            throw ServiceError(
                "InvalidParameterException",
                "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
        }
        var secret = try existing(input, context, isReadable: false)
        let now = cloud.clock.now
        if isForced {
            secrets[context.account, context.region, secret.name] = nil
            return deletionAnswer(secret, now)
        }
        if secret.deletion != nil {
            throw ServiceError(
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was already scheduled for deletion.")
        }
        let seconds = Double(days) * 86400
        secret.deleted = now
        secret.deletion = now + seconds
        secret.purge = now + cloud.clock.duration(aws: seconds)
        save(secret, context)
        schedulePurge(secret, context.account, context.region)
        return deletionAnswer(secret, now + seconds)
    }

    private func deletionAnswer(_ secret: Secret, _ date: Double) -> AWSValue {
        ["ARN": .string(secret.arn), "Name": .string(secret.name), "DeletionDate": .timestamp(date)]
    }

    func restoreSecret(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context, isReadable: false)
        secret.deletion = nil
        secret.deleted = nil
        secret.purge = nil
        save(secret, context)
        return ["ARN": .string(secret.arn), "Name": .string(secret.name)]
    }

    static let tagRules = TagRules("InvalidParameterException")

    func tagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        let tags = [Tag](input["Tags"])
        try Self.tagRules.check(tags, over: secret.tags)
        secret.tags.set(tags)
        save(secret, context)
        return [:]
    }

    func untagResource(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        secret.tags.unset(input["TagKeys"]?.strings ?? [])
        save(secret, context)
        return [:]
    }

    func getResourcePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let secret = try existing(input, context)
        return .structure([
            "ARN": .string(secret.arn), "Name": .string(secret.name),
            "ResourcePolicy": secret.policy.map { .string($0) },
        ])
    }

    func putResourcePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        let policy = input["ResourcePolicy"]?.string ?? ""
        guard let document = try? PolicyDocument.parse(policy) else {
            throw ServiceError("MalformedPolicyDocumentException", "This resource policy contains invalid Json.")
        }
        if input["BlockPublicPolicy"]?.bool == true, document.isPublic {
            throw ServiceError(
                "PublicPolicyException",
                "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret."
            )
        }
        secret.policy = policy
        save(secret, context)
        return ["ARN": .string(secret.arn), "Name": .string(secret.name)]
    }

    func deleteResourcePolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var secret = try existing(input, context)
        secret.policy = nil
        save(secret, context)
        return ["ARN": .string(secret.arn), "Name": .string(secret.name)]
    }

    func getRandomPassword(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let length = input["PasswordLength"]?.int ?? 32
        guard (1...4096).contains(length) else {
            throw ServiceError("InvalidParameterException", "PasswordLength must be between 1 and 4096.")
        }
        let excluded = Set(input["ExcludeCharacters"]?.string ?? "")
        func kind(_ characters: String, _ flag: String) -> [Character] {
            input[flag]?.bool ?? false ? [] : characters.filter { !excluded.contains($0) }
        }
        var kinds = [
            kind("abcdefghijklmnopqrstuvwxyz", "ExcludeLowercase"),
            kind("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ExcludeUppercase"),
            kind("0123456789", "ExcludeNumbers"), kind("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "ExcludePunctuation"),
        ].filter { !$0.isEmpty }
        if input["IncludeSpace"]?.bool ?? false { kinds.append([" "]) }
        guard !kinds.isEmpty else {
            throw ServiceError("InvalidParameterException", "All characters are excluded.")
        }
        var generator = SystemRandomNumberGenerator()
        let all = kinds.flatMap { $0 }
        var password = (0..<length).compactMap { _ in all.randomElement(using: &generator) }
        let hasEachKind = input["RequireEachIncludedType"]?.bool ?? true
        guard !hasEachKind || length >= kinds.count else {
            throw ServiceError(
                "InvalidParameterException", "The password length is too short based on the required types.")
        }
        if hasEachKind {
            for (at, kind) in kinds.enumerated() {
                if let character = kind.randomElement(using: &generator) { password[at] = character }
            }
            password.shuffle(using: &generator)
        }
        return ["RandomPassword": .string(String(password))]
    }
}
