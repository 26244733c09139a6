import AWSCICD

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `--doctor`: what of this machine the command needs, whether it is there, and what to do where it is not.
struct Doctor {
    private enum Finding {
        case ok(String)
        case warning(String, advice: String)
        case problem(String, advice: String)
    }

    /// - Returns: the exit code: 1 when something that scripts need is missing.
    func run() -> Int32 {
        let style = Style.standardOutput
        var hasProblem = false
        for (title, findings) in [("scripts", scripts), ("AWS", aws), ("local cloud", localCloud)] {
            print(style.bold(title))
            for finding in findings {
                switch finding {
                case .ok(let text): print("  \(style.green("ok"))       \(text)")
                case .warning(let text, let advice):
                    print("  \(style.yellow("warning"))  \(text)\n           \(style.dim(advice))")
                case .problem(let text, let advice):
                    hasProblem = true
                    print("  \(style.red("problem"))  \(text)\n           \(style.dim(advice))")
                }
            }
        }
        return hasProblem ? 1 : 0
    }

    private var scripts: [Finding] {
        var findings: [Finding] = [.ok("awscicd-run \(awscicdVersion), \(AWSCICDInformation.luaVersion)")]
        for (variable, isTemplateAllowed) in [("AWSCICD_PATH", true), ("AWSCICD_STDLIB", false)] {
            guard let value = environment(variable), !value.isEmpty else { continue }
            for entry in value.split(whereSeparator: { $0 == ":" || $0 == ";" }) {
                if isTemplateAllowed, entry.contains("?") { continue }
                findings.append(
                    isDirectory(String(entry))
                        ? .ok("\(variable): \(entry)")
                        : .warning(
                            "\(variable) names \(entry), which is no folder", advice: "Correct or unset the variable."))
            }
        }
        findings.append(program("git", for: "sources in repositories", advice: "apt-get install git"))
        return findings
    }

    private var aws: [Finding] {
        let home = environment("HOME") ?? ""
        var findings: [Finding] = []
        let keys = environment("AWS_ACCESS_KEY_ID").map { !$0.isEmpty } ?? false
        let file = environment("AWS_SHARED_CREDENTIALS_FILE") ?? "\(home)/.aws/credentials"
        let settings = environment("AWS_CONFIG_FILE") ?? "\(home)/.aws/config"
        if keys {
            findings.append(.ok("credentials: from AWS_ACCESS_KEY_ID"))
        } else if let source = ([file, settings] as [String]).first(where: { access($0, R_OK) == 0 }) {
            findings.append(.ok("credentials: \(source) is readable"))
        } else {
            findings.append(
                .warning(
                    "no credentials in the environment, in \(file) or in \(settings)",
                    advice:
                        "Only needed for AWS itself: aws configure, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
                ))
        }
        if let region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION"), !region.isEmpty {
            findings.append(.ok("region: \(region)"))
        } else if access(settings, R_OK) != 0 {
            findings.append(.warning("no region is set", advice: "export AWS_REGION=us-east-1"))
        }
        let bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
        let named = environment("AWS_CA_BUNDLE") ?? environment("SSL_CERT_FILE")
        if let named, access(named, R_OK) != 0 {
            findings.append(
                .problem(
                    "the certificate file \(named) cannot be read", advice: "Correct AWS_CA_BUNDLE or SSL_CERT_FILE."))
        } else if let bundle = named ?? bundles.first(where: { access($0, R_OK) == 0 }) {
            findings.append(.ok("TLS certificates: \(bundle)"))
        } else {
            findings.append(.problem("no TLS certificates", advice: "apt-get install ca-certificates"))
        }
        return findings
    }

    private var localCloud: [Finding] {
        var findings = [program("bwrap", for: "isolated instances and builds", advice: "apt-get install bubblewrap")]
        if case .ok = findings[0] {
            let limit = contents("/proc/sys/user/max_user_namespaces").flatMap { Int($0) }
            let restricted = contents("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
            if geteuid() != 0, limit == 0 || restricted == "1" {
                findings.append(
                    .warning(
                        "this system does not let ordinary users make namespaces",
                        advice: "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run as root."))
            } else {
                findings.append(.ok("namespaces may be made"))
            }
        }
        findings.append(
            program("python3", for: "builds and instances that run Python", advice: "apt-get install python3"))
        findings.append(
            program(
                "aws", for: "builds that call the AWS CLI, as those of scripts/capstone.lua do",
                advice: "apt-get install awscli; in a clone scripts/setup.sh --tests puts it into .build/python/bin."))
        return findings
    }

    private func program(_ name: String, for purpose: String, advice: String) -> Finding {
        let candidates: [String] = (environment("PATH") ?? "").split(separator: ":").map { "\($0)/\(name)" }
        let found = candidates.first { access($0, X_OK) == 0 }
        if let found { return .ok("\(name): \(found)") }
        return .warning("\(name) is missing (\(purpose))", advice: advice)
    }

    private func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        return String(cString: value)
    }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private func contents(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 64)
        guard fgets(&buffer, 64, file) != nil else { return nil }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.filter(\.isNumber)
    }
}
