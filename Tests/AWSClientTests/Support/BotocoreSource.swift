import Foundation

/// The cases of botocore's own tests, which setup.sh --tests fetches: `AWSCICD_BOTOCORE_SOURCE` names the unpacked source
/// distribution, and test.sh sets it.
enum BotocoreSource {
    static let path = ProcessInfo.processInfo.environment["AWSCICD_BOTOCORE_SOURCE"]
}
