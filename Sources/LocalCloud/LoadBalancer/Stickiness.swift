import AWSModel
import AWSSigning
import NIOHTTP1

/// How a target group keeps a client with the target that answered it first.
///
/// Source: "Sticky sessions for your Application Load Balancer", Elastic Load Balancing User Guide.
enum Stickiness: Sendable, Equatable {
    /// By a cookie of the load balancer's own.
    case balancer(seconds: Int)
    /// As long as the target sets a cookie of this name.
    case application(cookie: String, seconds: Int)

    /// From a target group's attributes; nil when it is off.
    init?(_ attributes: [String: String]) {
        guard attributes["stickiness.enabled"] == "true" else { return nil }
        func seconds(_ kind: String) -> Int {
            attributes["stickiness.\(kind).duration_seconds"].flatMap(Int.init) ?? 86400
        }
        if attributes["stickiness.type"] == "app_cookie" {
            self = .application(
                cookie: attributes["stickiness.app_cookie.cookie_name"] ?? "", seconds: seconds("app_cookie"))
        } else {
            self = .balancer(seconds: seconds("lb_cookie"))
        }
    }

    /// The load balancer's own cookie, which names the target.
    var cookie: String {
        switch self {
        case .balancer: "AWSALB"
        case .application: "AWSALBAPP-0"
        }
    }

    /// What a target's answer is given: cookies that name it.
    func headers(for target: Target, answer: HTTPHeaders) -> [String] {
        switch self {
        case .balancer(let seconds): StickyCookie.pair(cookie, target.token, seconds: seconds)
        case .application(let name, let seconds):
            answer["set-cookie"].contains { $0.hasPrefix(name + "=") }
                ? [StickyCookie.text(cookie, target.token, seconds: seconds)] : []
        }
    }
}

/// The load balancer's cookies as they stand in headers.
enum StickyCookie {
    /// Names the target group, where a rule has several.
    static let group = "AWSALBTG"

    /// A value that tells nothing of what it stands for.
    static func token(_ text: String) -> String { Digest.sha256Hex(Array(text.utf8)) }

    static func value(_ name: String, in headers: HTTPHeaders) -> String? {
        for header in headers["cookie"] {
            for part in header.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if pair.count == 2, pair[0] == name { return String(pair[1]) }
            }
        }
        return nil
    }

    /// A cookie and the one for requests from other sites.
    static func pair(_ name: String, _ value: String, seconds: Int) -> [String] {
        [text(name, value, seconds: seconds), text(name + "CORS", value, seconds: seconds) + "; SameSite=None"]
    }

    static func text(_ name: String, _ value: String, seconds: Int) -> String {
        let expiry = Timestamps.format(CloudClock.realNow + Double(seconds), as: .rfc822)
        return "\(name)=\(value); Expires=\(expiry); Path=/"
    }
}
