/// The public images that an instance can be made of. Inside, all are the same: the host's programs in files that look like
/// Amazon Linux 2023.
public enum AmazonImages {
    struct Image: Sendable {
        let name: String
        let description: String
        let architecture: String
        let owner: String
        let ownerAlias: String?
        let date: String
        let rootDevice: String
    }

    static let images: [Image] = ["x86_64", "arm64"].flatMap { architecture in
        [
            Image(
                name: "al2023-ami-2023.9.20251105.0-kernel-6.1-\(architecture)",
                description: "Amazon Linux 2023 AMI 2023.9.20251105.0 \(architecture) HVM kernel-6.1",
                architecture: architecture, owner: "137112412989", ownerAlias: "amazon",
                date: "2025-11-05T00:00:00.000Z",
                rootDevice: "/dev/xvda"),
            Image(
                name: "amzn2-ami-kernel-5.10-hvm-2.0.20251031.1-\(architecture)-gp2",
                description: "Amazon Linux 2 Kernel 5.10 AMI 2.0.20251031.1 \(architecture) HVM gp2",
                architecture: architecture, owner: "137112412989", ownerAlias: "amazon",
                date: "2025-10-31T00:00:00.000Z",
                rootDevice: "/dev/xvda"),
            Image(
                name:
                    "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-\(architecture == "arm64" ? "arm64" : "amd64")-server-20251022",
                description: "Canonical, Ubuntu, 24.04, \(architecture) noble image", architecture: architecture,
                owner: "099720109477", ownerAlias: nil, date: "2025-10-22T00:00:00.000Z", rootDevice: "/dev/sda1"),
        ]
    }

    /// An image's id: the same for a region wherever and whenever a local cloud runs.
    static func id(of image: Image, region: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for byte in "\(region)/\(image.name)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return "ami-0" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func image(_ id: String, region: String) -> Image? { images.first { Self.id(of: $0, region: region) == id } }

    /// The image that a public parameter of Systems Manager names:
    /// `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64` and its like; nil for other names.
    public static func id(ofParameter name: String, region: String) -> String? {
        let architecture = name.contains("arm64") ? "arm64" : "x86_64"
        let prefix: String
        if name.hasPrefix("/aws/service/ami-amazon-linux-latest/al2023-ami-") {
            prefix = "al2023"
        } else if name.hasPrefix("/aws/service/ami-amazon-linux-latest/amzn2-ami-") {
            prefix = "amzn2"
        } else if name.hasPrefix("/aws/service/canonical/ubuntu/server/"), name.hasSuffix("/ami-id") {
            prefix = "ubuntu"
        } else {
            return nil
        }
        return images.first { $0.name.hasPrefix(prefix) && $0.architecture == architecture }.map {
            id(of: $0, region: region)
        }
    }
}
