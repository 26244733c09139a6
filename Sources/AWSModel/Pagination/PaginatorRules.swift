/// How to go from page to page and what the pages hold: botocore's rules, without the calling.
public struct PaginatorRules: Sendable {
    public let paginator: Paginator
    private let outputTokens: [JMESPath]
    private let moreResults: JMESPath?
    private let resultKeys: [JMESPath]
    private let nonAggregateKeys: [JMESPath]

    /// Throws when one of the paginator's paths is not JMESPath.
    public init(_ paginator: Paginator) throws(JMESPathFailure) {
        self.paginator = paginator
        outputTokens = try Self.compile(paginator.outputTokens)
        moreResults = try paginator.moreResults.map { path throws(JMESPathFailure) in try JMESPath(compiling: path) }
        resultKeys = try Self.compile(paginator.resultKeys)
        nonAggregateKeys = try Self.compile(paginator.nonAggregateKeys)
    }

    private static func compile(_ paths: [String]) throws(JMESPathFailure) -> [JMESPath] {
        var compiled: [JMESPath] = []
        for path in paths { compiled.append(try JMESPath(compiling: path)) }
        return compiled
    }

    /// The input of the page after the one that `input` gave `output` for; nil when that was the last.
    ///
    /// A token that has come to its end is removed from the input. A service that gives the same tokens again would be
    /// asked forever: ``PaginationFailure``.
    public func nextInput(after output: AWSValue, input: AWSMap) throws -> AWSMap? {
        if let moreResults, !JMESPathEvaluator.isTrue(try moreResults.search(output)) { return nil }
        var next = input
        var isLast = true
        var isSame = true
        for (name, path) in zip(paginator.inputTokens, outputTokens) {
            let found = try path.search(output)
            let token = JMESPathEvaluator.isTrue(found) ? found : nil
            isLast = isLast && token == nil
            isSame = isSame && token == input[name]
            next[name] = token
        }
        if isLast { return nil }
        guard !isSame else {
            throw PaginationFailure(
                operation: paginator.operation,
                message: "\(paginator.operation) gave the same \(paginator.inputTokens.joined(separator: ", ")) twice")
        }
        return next
    }

    /// The elements of a page: those of its first result key. A result that is no list is an element by itself.
    public func items(of output: AWSValue) throws(JMESPathFailure) -> [AWSValue] {
        let found = try primaryResult(of: output)
        return found == .null ? [] : found.list ?? [found]
    }

    /// What the first result key finds.
    func primaryResult(of output: AWSValue) throws(JMESPathFailure) -> AWSValue {
        try resultKeys.first?.search(output) ?? .null
    }

    /// All pages as one answer: lists joined, numbers and strings added up, and of what the pages share
    /// (``Paginator/nonAggregateKeys``) the first page's value.
    public func merged(_ pages: [AWSValue]) throws(JMESPathFailure) -> AWSValue {
        var result = AWSValue.map([:])
        for (path, expression) in zip(paginator.resultKeys, resultKeys) {
            var total: AWSValue?
            for page in pages {
                let part = try expression.search(page)
                if part != .null { total = total.map { Self.add($0, part) } ?? part }
            }
            if let total { set(total, at: path, in: &result) }
        }
        for (path, expression) in zip(paginator.nonAggregateKeys, nonAggregateKeys) {
            guard let page = pages.first else { break }
            let value = try expression.search(page)
            if value != .null { set(value, at: path, in: &result) }
        }
        return result
    }

    private static func add(_ left: AWSValue, _ right: AWSValue) -> AWSValue {
        switch (left, right) {
        case (.list(let first), .list(let second)): return .list(first + second)
        case (.string(let first), .string(let second)): return .string(first + second)
        case (.integer(let first), .integer(let second)):
            let (sum, overflow) = first.addingReportingOverflow(second)
            return overflow ? .double(Double(first) + Double(second)) : .integer(sum)
        case (.map(let first), .map(let second)):
            var joined = first
            for (key, value) in second { joined[key] = value }
            return .map(joined)
        default:
            guard let first = left.double, let second = right.double else { return left }
            return .double(first + second)
        }
    }

    /// Result keys are names with dots between them; what is above is made when it is not there.
    func set(_ value: AWSValue, at path: String, in result: inout AWSValue) {
        guard let dot = path.firstIndex(of: ".") else {
            result[path] = value
            return
        }
        let name = String(path[..<dot])
        var inner = result[name] ?? [:]
        set(value, at: String(path[path.index(after: dot)...]), in: &inner)
        result[name] = inner
    }
}

/// A service that would be asked for the same page forever.
public struct PaginationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let operation: String
    public let message: String

    public var description: String { message }
}
