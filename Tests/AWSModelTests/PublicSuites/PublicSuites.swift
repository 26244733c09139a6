import Foundation
import Testing

@testable import AWSModel

/// Test suites that others publish, run from where they were unpacked. They are not part of this repository:
/// `AWSCICD_BOTOCORE_SOURCE` names botocore's source distribution, which setup.sh --tests fetches and test.sh sets;
/// `AWSCICD_JMESPATH_SOURCE` names a clone of jmespath.py's repository (its distribution leaves the cases out).
enum PublicSuites {
    static let botocore = ProcessInfo.processInfo.environment["AWSCICD_BOTOCORE_SOURCE"]
    static let jmespath = ProcessInfo.processInfo.environment["AWSCICD_JMESPATH_SOURCE"]

    static func json(_ path: String) throws -> AWSValue {
        let bytes = try #require(try Files.read(path), "no file \(path)")
        return try ModelJSON.parse(Gzip.isCompressed(bytes) ? Gzip.decompress(bytes, file: path) : bytes, file: path)
    }
}
