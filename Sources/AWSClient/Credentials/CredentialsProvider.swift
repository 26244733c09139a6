import AWSSigning

/// A source of credentials.
public protocol CredentialsProvider: Sendable {
    /// For people: "environment", "profile dev".
    var name: String { get }
    /// Credentials, or nothing with the reason, when this source has none. Throws ``CredentialsFailure`` when it is set
    /// up but fails: then no other source is tried.
    func load() async throws -> CredentialsOffer
}

public enum CredentialsOffer: Sendable {
    case found(Credentials)
    case nothing(reason: String)
}

/// Why there are no credentials: each source that was tried, and what it said.
public struct CredentialsFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    /// In the order in which they were tried.
    public let attempts: [Attempt]

    public struct Attempt: Sendable, Hashable {
        public let source: String
        public let reason: String
    }

    public init(_ message: String, attempts: [Attempt] = []) {
        self.message = message
        self.attempts = attempts
    }

    public var description: String {
        ([message] + attempts.map { "  \($0.source): \($0.reason)" }).joined(separator: "\n")
    }
}

/// Asks one source after the other.
struct ProviderChain: CredentialsProvider {
    let name = "chain"
    let providers: [any CredentialsProvider]

    func load() async throws -> CredentialsOffer {
        var attempts: [CredentialsFailure.Attempt] = []
        for provider in providers {
            do {
                switch try await provider.load() {
                case .found(let credentials): return .found(credentials)
                case .nothing(let reason): attempts.append(.init(source: provider.name, reason: reason))
                }
            } catch let failure as CredentialsFailure {
                throw CredentialsFailure(
                    "no AWS credentials: \(provider.name) is set up but fails: \(failure.message)",
                    attempts: attempts + failure.attempts)
            }
        }
        throw CredentialsFailure(
            "no AWS credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or sign in with `aws sso login`. Tried:",
            attempts: attempts)
    }
}
