/// A top-down operator precedence parser.
///
/// The height of the tree is limited, so that neither parsing, evaluating nor freeing it can exhaust a thread's stack.
struct JMESPathParser {
    private static let maximumHeight = 200

    /// A node and how many nodes lie on the longest way down from it.
    private struct Tree {
        let node: JMESPathNode
        let height: Int
    }

    /// How strongly a token binds what stands before it. Weaker than `projectionStop` ends a projection.
    private enum Power {
        static let pipe = 1
        static let or = 2
        static let and = 3
        static let comparison = 5
        static let flatten = 9
        static let projectionStop = 10
        static let star = 20
        static let filter = 21
        static let dot = 40
        static let not = 45
        static let brace = 50
        static let bracket = 55
        static let paren = 60
    }

    private let tokens: [(token: JMESPathToken, position: Int)]
    private var at = 0
    private var depth = 0

    static func parse(_ expression: String) throws(JMESPathFailure) -> JMESPathNode {
        do throws(JMESPathFailure) {
            guard expression.contains(where: { !$0.isWhitespace }) else {
                throw JMESPathFailure(.syntax, "the expression is empty")
            }
            var parser = JMESPathParser(tokens: try JMESPathLexer.tokens(of: expression))
            let tree = try parser.expression(0)
            guard parser.token == .end else { throw parser.unexpected() }
            return tree.node
        } catch {
            throw JMESPathFailure(error.kind, error.reason, position: error.position, expression: expression)
        }
    }

    private init(tokens: [(token: JMESPathToken, position: Int)]) { self.tokens = tokens }

    // MARK: Tokens

    private var token: JMESPathToken { tokens[at].token }

    private func peek(_ distance: Int) -> JMESPathToken {
        at + distance < tokens.count ? tokens[at + distance].token : .end
    }

    /// Stays on the end.
    private mutating func advance() { at = min(at + 1, tokens.count - 1) }

    private mutating func expect(_ wanted: JMESPathToken, _ name: String) throws(JMESPathFailure) {
        guard token == wanted else { throw unexpected("expected \(name)") }
        advance()
    }

    private func unexpected(_ reason: String? = nil) -> JMESPathFailure {
        let what = token == .end ? "the expression ends too early" : "unexpected text"
        return JMESPathFailure(.syntax, reason.map { "\($0), but \(what)" } ?? what, position: tokens[at].position)
    }

    private func make(_ node: JMESPathNode, _ parts: Tree...) throws(JMESPathFailure) -> Tree {
        let height = (parts.map(\.height).max() ?? 0) + 1
        guard height <= Self.maximumHeight else { throw tooDeep() }
        return Tree(node: node, height: height)
    }

    private func tooDeep() -> JMESPathFailure {
        JMESPathFailure(.syntax, "nested more than \(Self.maximumHeight) deep", position: tokens[at].position)
    }

    private var power: Int {
        switch token {
        case .pipe: Power.pipe
        case .or: Power.or
        case .and: Power.and
        case .comparison: Power.comparison
        case .flatten: Power.flatten
        case .star: Power.star
        case .filter: Power.filter
        case .dot: Power.dot
        case .not: Power.not
        case .leftBrace: Power.brace
        case .leftBracket: Power.bracket
        case .leftParen: Power.paren
        default: 0
        }
    }

    // MARK: Expressions

    private mutating func expression(_ minimum: Int) throws(JMESPathFailure) -> Tree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumHeight else { throw tooDeep() }
        var left = try prefix()
        while minimum < power { left = try infix(left) }
        return left
    }

    private mutating func prefix() throws(JMESPathFailure) -> Tree {
        let first = token
        switch first {
        case .literal(let value):
            advance()
            return try make(.literal(value))
        case .identifier(let name):
            if peek(1) == .leftParen { return try call(name) }
            advance()
            return try make(.field(name))
        case .quotedIdentifier(let name):
            guard peek(1) != .leftParen else { throw unexpected("a function's name is not quoted") }
            advance()
            return try make(.field(name))
        case .at:
            advance()
            return try make(.current)
        case .star:
            advance()
            let right = token == .rightBracket ? try make(.current) : try projected(Power.star)
            return try make(.valueProjection(.current, right.node), right)
        case .filter, .flatten: return try infix(try make(.current))
        case .leftBrace: return try object()
        case .leftParen:
            advance()
            let inner = try expression(0)
            try expect(.rightParen, "\")\"")
            return inner
        case .not:
            advance()
            let operand = try expression(Power.not)
            return try make(.not(operand.node), operand)
        case .leftBracket:
            switch peek(1) {
            case .number, .colon: return try infix(try make(.current))
            case .star where peek(2) == .rightBracket: return try infix(try make(.current))
            default: return try list()
            }
        default: throw unexpected()
        }
    }

    private mutating func infix(_ left: Tree) throws(JMESPathFailure) -> Tree {
        let operation = token
        switch operation {
        case .dot:
            advance()
            guard token != .star else {
                advance()
                let right = try projected(Power.dot)
                return try make(.valueProjection(left.node, right.node), left, right)
            }
            let right = try afterDot(Power.dot)
            return try make(.chain(left.node, right.node), left, right)
        case .pipe:
            advance()
            let right = try expression(Power.pipe)
            return try make(.chain(left.node, right.node), left, right)
        case .or:
            advance()
            let right = try expression(Power.or)
            return try make(.or(left.node, right.node), left, right)
        case .and:
            advance()
            let right = try expression(Power.and)
            return try make(.and(left.node, right.node), left, right)
        case .comparison(let comparison):
            advance()
            let right = try expression(Power.comparison)
            return try make(.comparison(comparison, left.node, right.node), left, right)
        case .flatten:
            advance()
            let right = try projected(Power.flatten)
            return try make(.projection(.flatten(left.node), right.node), left, right)
        case .filter:
            advance()
            let condition = try expression(0)
            try expect(.rightBracket, "\"]\"")
            let right = token == .flatten ? try make(.current) : try projected(Power.filter)
            return try make(.filter(left.node, right.node, condition: condition.node), left, right, condition)
        case .leftBracket: return try bracket(left)
        default: throw unexpected()
        }
    }

    /// `[0]`, `[1:2]` and `[*]` after an expression.
    private mutating func bracket(_ left: Tree) throws(JMESPathFailure) -> Tree {
        advance()
        switch token {
        case .star:
            advance()
            try expect(.rightBracket, "\"]\"")
            let right = try projected(Power.star)
            return try make(.projection(left.node, right.node), left, right)
        case .number(let index) where peek(1) != .colon:
            advance()
            try expect(.rightBracket, "\"]\"")
            return try make(.chain(left.node, .index(index)), left)
        case .number, .colon:
            let slice = try slice()
            let right = try projected(Power.star)
            return try make(.projection(.chain(left.node, slice), right.node), left, right)
        default: throw unexpected("expected a number, \":\" or \"*\" after \"[\"")
        }
    }

    private mutating func slice() throws(JMESPathFailure) -> JMESPathNode {
        var parts: [Int?] = [nil, nil, nil]
        var index = 0
        while token != .rightBracket {
            switch token {
            case .colon where index < 2: index += 1
            case .number(let number) where parts[index] == nil: parts[index] = number
            default: throw unexpected("expected numbers and colons")
            }
            advance()
        }
        advance()
        return .slice(start: parts[0], stop: parts[1], step: parts[2])
    }

    /// What is applied to each element of a projection: as much as follows of the same kind.
    private mutating func projected(_ minimum: Int) throws(JMESPathFailure) -> Tree {
        if power < Power.projectionStop { return try make(.current) }
        switch token {
        case .leftBracket, .filter: return try expression(minimum)
        case .dot:
            advance()
            return try afterDot(minimum)
        default: throw unexpected()
        }
    }

    private mutating func afterDot(_ minimum: Int) throws(JMESPathFailure) -> Tree {
        switch token {
        case .identifier, .quotedIdentifier, .star: return try expression(minimum)
        case .leftBracket: return try list()
        case .leftBrace: return try object()
        default: throw unexpected("expected a name, \"*\", \"[\" or \"{\" after \".\"")
        }
    }

    // MARK: Lists, objects and calls

    private func tree(_ node: JMESPathNode, over parts: [Tree]) throws(JMESPathFailure) -> Tree {
        let height = (parts.map(\.height).max() ?? 0) + 1
        guard height <= Self.maximumHeight else { throw tooDeep() }
        return Tree(node: node, height: height)
    }

    private mutating func list() throws(JMESPathFailure) -> Tree {
        try expect(.leftBracket, "\"[\"")
        var items: [Tree] = []
        while true {
            items.append(try expression(0))
            guard token == .comma else { break }
            advance()
        }
        try expect(.rightBracket, "\",\" or \"]\"")
        return try tree(.list(items.map(\.node)), over: items)
    }

    private mutating func object() throws(JMESPathFailure) -> Tree {
        try expect(.leftBrace, "\"{\"")
        var keys: [String] = []
        var values: [Tree] = []
        while true {
            switch token {
            case .identifier(let name), .quotedIdentifier(let name): keys.append(name)
            default: throw unexpected("expected a key")
            }
            advance()
            try expect(.colon, "\":\"")
            values.append(try expression(0))
            guard token == .comma else { break }
            advance()
        }
        try expect(.rightBrace, "\",\" or \"}\"")
        return try tree(.object(Array(zip(keys, values.map(\.node))).map { (key: $0.0, value: $0.1) }), over: values)
    }

    private mutating func call(_ name: String) throws(JMESPathFailure) -> Tree {
        let position = tokens[at].position
        guard let function = JMESPathFunction(rawValue: name) else {
            let names = JMESPathFunction.allCases.map(\.rawValue)
            throw JMESPathFailure(
                .unknownFunction, "no function \"\(name)\"" + NameSuggestion.phrase(for: name, among: names),
                position: position)
        }
        advance()
        advance()
        var arguments: [JMESPathArgument] = []
        var parts: [Tree] = []
        while token != .rightParen {
            let isExpression = token == .ampersand
            if isExpression { advance() }
            let part = try expression(0)
            parts.append(part)
            arguments.append(isExpression ? .expression(part.node) : .value(part.node))
            guard token == .comma else { break }
            advance()
            guard token != .rightParen else { throw unexpected("expected an argument after \",\"") }
        }
        try expect(.rightParen, "\",\" or \")\"")
        try function.check(arguments, position: position)
        return try tree(.call(function, arguments), over: parts)
    }
}
