import AWSModel

/// Parameters that AWS publishes: the newest images.
enum PublicParameters {
    private static let names: [String] = ["x86_64", "arm64"].flatMap { architecture in
        [
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-\(architecture)",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-\(architecture)",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-\(architecture)",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-\(architecture)",
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-\(architecture)-gp2",
            "/aws/service/ami-amazon-linux-latest/amzn2-ami-kernel-5.10-hvm-\(architecture)-gp2",
        ]
    }

    static func find(_ name: String, region: String) -> AWSValue? {
        guard name.hasPrefix("/aws/service/"), let id = AmazonImages.id(ofParameter: name, region: region) else {
            return nil
        }
        return [
            "Name": .string(name), "Type": "String", "Value": .string(id), "Version": 1,
            "LastModifiedDate": .timestamp(1_762_300_800), "ARN": .string("arn:aws:ssm:\(region)::parameter\(name)"),
            "DataType": "aws:ec2:image",
        ]
    }

    static func below(_ prefix: String, region: String) -> [AWSValue] {
        guard prefix.hasPrefix("/aws/service/") else { return [] }
        return names.filter { $0.hasPrefix(prefix) }.sorted().compactMap { find($0, region: region) }
    }
}
