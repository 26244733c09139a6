/// Runtimes that `runtime-versions` can name: those of CodeBuild's Linux images ("Available runtimes").
enum BuildRuntime: String, CaseIterable {
    case android, dotnet, golang, java, nodejs, php, python, ruby

    /// What says, in a build, which version there is.
    var version: String {
        switch self {
        case .android: "sdkmanager --version"
        case .dotnet: "dotnet --version"
        case .golang: "go version"
        case .java: "java -version 2>&1"
        case .nodejs: "node --version"
        case .php: "php --version"
        case .python: "python3 --version"
        case .ruby: "ruby --version"
        }
    }
}
