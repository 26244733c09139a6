import AWSCICD
import ArgumentParser

/// The account and region that a script's calls go to, and what is shown of them.
struct AWSOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The region, in place of AWS_REGION and the profile's.", valueName: "region"))
    var region: String?

    @Option(
        help: ArgumentHelp("The profile of ~/.aws/config to take credentials and settings from.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("Send every call to this address instead of to AWS.", valueName: "url"))
    var endpoint: String?

    @Flag(help: "Show each AWS call, its attempts and times on standard error; secrets are masked.")
    var trace = false

    func apply(to configuration: inout Runtime.Configuration) {
        configuration.aws.region = region
        configuration.aws.profile = profile
        configuration.aws.endpoint = endpoint
        if trace { configuration.aws.trace = { writeError($0.line + "\n") } }
    }
}
