import AWSModel
import Testing

@Suite struct InputValidatorTests {
    private func problems(_ service: String, _ operation: String, _ input: AWSValue) throws -> [String] {
        let service = try #require(Catalog.builtIn.service(service))
        let shape = try #require(service.operation(operation)?.input)
        return InputValidator.validate(input, shape: shape).map(\.description)
    }

    @Test func acceptsWhatIsRight() throws {
        #expect(
            try problems("s3", "PutObject", ["Bucket": "b", "Key": "k", "Body": "text", "Metadata": ["a": "b"]]).isEmpty
        )
        #expect(try problems("ec2", "RunInstances", ["MinCount": 1, "MaxCount": 1, "SecurityGroupIds": []]).isEmpty)
        // Filled in by the client.
        #expect(try problems("codepipeline", "PutApprovalResult", [:]).contains("token is required") == false)
    }

    @Test func namesWhatIsWrong() throws {
        #expect(
            try problems("codepipeline", "GetPipeline", ["nmae": "x"]) == [
                "nmae: is not a member of GetPipelineInput; did you mean name?", "name: is required",
            ])
        #expect(
            try problems("ec2", "CreateTags", ["Resources": ["i-1"], "Tags": [["Key": "a", "Value": 1]]])
                == ["Tags[0].Value: must be a string, not an integer"])
        #expect(
            try problems("s3", "CreateBucket", ["Bucket": "b", "ACL": "publik-read"]).first?.contains(
                "'publik-read' is not a known value") == true)
        #expect(try problems("s3", "ListObjectsV2", ["Bucket": ["b"]]) == ["Bucket: must be a string, not a list"])
        #expect(
            try problems("iam", "GetRole", ["RoleName": ""]) == ["RoleName: must have at least 1 characters, and has 0"]
        )
        #expect(
            try problems(
                "bedrock-runtime", "Converse",
                [
                    "modelId": "m",
                    "messages": [["role": "user", "content": [["text": "a", "cachePoint": ["type": "default"]]]]],
                ]
            ).first?.contains("exactly one of") == true)
    }

    @Test func stopsAfterTheFirstFew() throws {
        let many = AWSValue.list((0..<1000).map { _ in 1 })
        #expect(try problems("ec2", "DescribeInstances", ["InstanceIds": many]).count == 20)
    }

    @Test(arguments: [
        ("list_bucket", "list_buckets"), ("bucketname", "BucketName"), ("Bukcet", "Bucket"), ("zzz", nil), ("", nil),
    ])
    func suggests(_ name: String, _ meant: String?) {
        #expect(Suggestion.closest(to: name, among: ["BucketName", "Bucket", "list_buckets", "Key"]) == meant)
    }
}
