/// S3's virtual hosts: `BUCKET.s3.REGION.localhost`, `BUCKET.s3.localhost`, `BUCKET.localhost`.
enum BucketHost {
    /// The bucket that a Host header names; nil when the bucket is in the path.
    static func bucket(_ header: String) -> String? {
        let host = header.split(separator: ":").first.map { $0.lowercased() } ?? ""
        guard !host.isEmpty, !host.hasPrefix("["), host.split(separator: ".").contains(where: { UInt8($0) == nil })
        else {
            return nil  // an address
        }
        if host.hasPrefix("s3.") || host.hasPrefix("s3-") { return nil }
        for mark in [".s3.", ".s3-"] {
            if let range = host.firstRange(of: mark) { return String(host[..<range.lowerBound]) }
        }
        if host.hasSuffix(".localhost") { return String(host.dropLast(".localhost".count)) }
        return nil
    }
}
