/// The rule of a composite alarm: `ALARM("a") AND NOT (OK(b) OR INSUFFICIENT_DATA(c))`, `TRUE`, `FALSE`.
struct AlarmRule {
    private indirect enum Node {
        case state(String, alarm: String)
        case constant(Bool)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
    }
    private let root: Node
    private(set) var alarmNames: [String] = []

    init?(_ text: String) {
        var parser = Parser(text)
        guard let node = parser.expression(), parser.isAtEnd else { return nil }
        root = node
        alarmNames = parser.names
    }

    func holds(_ state: (_ alarm: String) -> String?) -> Bool {
        func value(_ node: Node) -> Bool {
            switch node {
            case .state(let wanted, let alarm): state(alarm) == wanted
            case .constant(let constant): constant
            case .not(let inner): !value(inner)
            case .and(let left, let right): value(left) && value(right)
            case .or(let left, let right): value(left) || value(right)
            }
        }
        return value(root)
    }

    private struct Parser {
        private var rest: Substring
        private var depth = 0
        var names: [String] = []

        init(_ text: String) { rest = Substring(text) }

        var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

        private mutating func skip() { rest = rest.drop(while: \.isWhitespace) }

        private mutating func take(_ word: String) -> Bool {
            skip()
            guard rest.uppercased().hasPrefix(word) else { return false }
            rest = rest.dropFirst(word.count)
            return true
        }

        mutating func expression() -> Node? {
            depth += 1
            defer { depth -= 1 }
            guard depth < 50, var left = conjunction() else { return nil }
            while take("OR") {
                guard let right = conjunction() else { return nil }
                left = .or(left, right)
            }
            return left
        }

        private mutating func conjunction() -> Node? {
            guard var left = factor() else { return nil }
            while take("AND") {
                guard let right = factor() else { return nil }
                left = .and(left, right)
            }
            return left
        }

        private mutating func factor() -> Node? {
            if take("NOT") { return factor().map { .not($0) } }
            if take("TRUE") { return .constant(true) }
            if take("FALSE") { return .constant(false) }
            if take("(") {
                guard let inner = expression(), take(")") else { return nil }
                return inner
            }
            for state in ["INSUFFICIENT_DATA", "ALARM", "OK"] where take(state) {
                guard take("("), let close = rest.firstIndex(of: ")") else { return nil }
                var name = rest[..<close]
                rest = rest[rest.index(after: close)...]
                while name.first == " " || name.first == "\"" || name.first == "'" { name = name.dropFirst() }
                while name.last == " " || name.last == "\"" || name.last == "'" { name = name.dropLast() }
                // An alarm may be named by its ARN.
                let plain =
                    name.hasPrefix("arn:") ? name.split(separator: ":").last.map(String.init) ?? "" : String(name)
                names.append(plain)
                return .state(state, alarm: plain)
            }
            return nil
        }
    }
}
