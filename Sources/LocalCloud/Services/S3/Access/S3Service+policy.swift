import AWSModel

extension S3Service {
    var policyOperations: [String: OperationHandler] {
        [
            "PutBucketPolicy": putBucketPolicy, "GetBucketPolicy": getBucketPolicy,
            "DeleteBucketPolicy": deleteBucketPolicy, "GetBucketPolicyStatus": getBucketPolicyStatus,
        ]
    }

    private func putBucketPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        let text = input["Policy"]?.string ?? input["Policy"]?.blob.map { String(decoding: $0, as: UTF8.self) } ?? ""
        func malformed(_ message: String) -> ServiceError { ServiceError("MalformedPolicy", message, status: 400) }
        guard text.utf8.first == UInt8(ascii: "{") else {
            throw malformed("Policies must be valid JSON and the first byte must be '{'")
        }
        guard text.utf8.count <= BucketPolicyRules.longest else {
            throw malformed("Policy exceeds the maximum allowed document size.")
        }
        guard let document = try? PolicyDocument.parse(text) else {
            throw malformed("This policy contains invalid Json")
        }
        if let fault = PolicyGrammar.fault(of: text, document) { throw malformed(fault) }
        for statement in document.statements {
            guard statement.principals != nil || statement.notPrincipals != nil else {
                throw malformed("Missing required field Principal")
            }
            guard statement.actions != nil || statement.notActions != nil else {
                throw malformed("Missing required field Action")
            }
            guard let resources = statement.resources ?? statement.notResources else {
                throw malformed("Missing required field Resource")
            }
            let isOwn = resources.allSatisfy { resource in
                resource == bucket.arn || resource.hasPrefix(bucket.arn + "/") || resource == bucket.arn + "*"
            }
            guard isOwn else { throw malformed("Policy has invalid resource") }
            if let fault = BucketPolicyRules.fault(of: statement, resources, bucket: bucket.arn) {
                throw malformed(fault)
            }
            let names = (statement.principals ?? statement.notPrincipals)?.byKind["AWS"] ?? []
            guard names.allSatisfy(cloud.iam.isPrincipal) else { throw malformed("Invalid principal in policy") }
        }
        if document.isPublic, bucket.blocksPublic("BlockPublicPolicy") {
            throw ServiceError(
                "AccessDenied",
                "User: \(context.principal.arn) is not authorized to perform: s3:PutBucketPolicy on resource: "
                    + "\"\(bucket.arn)\" because public policies are prevented by the BlockPublicPolicy setting in S3 "
                    + "Block Public Access.", status: 403)
        }
        bucket.policy = text
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func getBucketPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        guard let policy = bucket.policy else {
            throw ServiceError(
                "NoSuchBucketPolicy", "The bucket policy does not exist", status: 404,
                fields: ["BucketName": .string(bucket.name)])
        }
        return ["Policy": .string(policy)]
    }

    private func deleteBucketPolicy(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var bucket = try bucket(input)
        bucket.policy = nil
        buckets["", "", bucket.name] = bucket
        return [:]
    }

    private func getBucketPolicyStatus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let bucket = try bucket(input)
        guard let policy = bucket.policy, let document = try? PolicyDocument.parse(policy) else {
            throw ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", status: 404)
        }
        return ["PolicyStatus": ["IsPublic": .bool(document.isPublic)]]
    }
}
