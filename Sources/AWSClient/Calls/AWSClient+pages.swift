import AWSModel

extension AWSClient {
    /// The answers of an operation, page after page, fetched as they are asked for.
    ///
    /// An operation that is not paged gives its one answer.
    ///
    /// - Parameters:
    ///   - pageSize: how many items to ask for at a time; nil leaves it to the service.
    ///   - maxItems: after so many items the walk ends, and its iterator's ``AWSPages/Iterator/resumeToken`` says where.
    ///   - startingToken: where an earlier walk ended; boto3's tokens are the same.
    public func pages(
        _ operation: Operation, _ input: AWSValue = [:], pageSize: Int? = nil, maxItems: Int? = nil,
        startingToken: String? = nil, options: CallOptions = CallOptions()
    ) -> AWSPages {
        AWSPages(
            client: self, operation: operation, input: input.map ?? [:], pageSize: pageSize, maxItems: maxItems,
            startingToken: startingToken, options: options, paginator: service.paginator(operation.name))
    }
}

/// Pages of answers; see ``AWSClient/pages(_:_:pageSize:maxItems:startingToken:options:)``.
///
/// Source of the rules: the models' `paginators-1.json`, and botocore for what they leave open.
public struct AWSPages: AsyncSequence, Sendable {
    public typealias Element = AWSResult

    let client: AWSClient
    let operation: Operation
    let input: AWSMap
    let pageSize: Int?
    let maxItems: Int?
    let startingToken: String?
    let options: CallOptions
    let paginator: Paginator?

    /// Whether the model pages this operation.
    public var isPaged: Bool { paginator != nil }

    public func makeAsyncIterator() -> Iterator { Iterator(pages: self) }

    /// What the pages are about: the elements of the first result key, such as each of `Reservations`.
    public func items(of page: AWSValue) throws -> [AWSValue] {
        try paginator.map { try PaginatorRules($0).items(of: page) } ?? []
    }

    /// All pages as one answer, as boto3's `build_full_result` gives it; ``Iterator/resumeToken`` as its "NextToken".
    public func fullResult() async throws -> AWSValue {
        var iterator = makeAsyncIterator()
        var outputs: [AWSValue] = []
        while let page = try await iterator.next() { outputs.append(page.output) }
        guard let paginator else { return outputs.first ?? [:] }
        var result = try PaginatorRules(paginator).merged(outputs)
        if let token = iterator.resumeToken { result["NextToken"] = .string(token) }
        return result
    }

    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private let pages: AWSPages
        private var rules: PaginatorRules?
        /// nil after the last page.
        private var input: AWSMap?
        /// Items of the first page that an earlier walk has had.
        private var skipped: Int?
        private var seen = 0
        /// Where a walk that ``AWSPages`` limits ended before the last item; nil when nothing is left.
        public private(set) var resumeToken: String?

        init(pages: AWSPages) {
            self.pages = pages
            input = pages.input
        }

        /// The next page; nil after the last. After an error the same page is asked for again. Throws ``AWSError``.
        public mutating func next() async throws -> AWSResult? {
            if rules == nil { try begin() }
            guard let current = input else { return nil }
            var result = try await pages.client.call(pages.operation, .map(current), options: pages.options)
            input = nil
            guard let rules else { return result }
            do {
                let before = skipped ?? 0
                if skipped != nil { result.output = try rules.page(result.output, droppingFirst: before) }
                skipped = nil
                let count = try rules.count(of: result.output)
                if let limit = pages.maxItems, seen + count > limit {
                    let kept = limit - seen
                    result.output = try rules.page(result.output, keepingFirst: kept)
                    resumeToken = rules.token(of: current, skipping: kept + before).text
                    return result
                }
                seen += count
                let following = try rules.nextInput(after: result.output, input: current)
                if let following, seen == pages.maxItems {
                    resumeToken = rules.token(of: following).text
                } else {
                    input = following
                }
                return result
            } catch let failure as PaginationFailure {
                throw Self.failure(pages, failure.message)
            }
        }

        private mutating func begin() throws {
            guard let paginator = pages.paginator, var first = input else { return }
            let rules = try PaginatorRules(paginator)
            self.rules = rules
            if let size = pages.pageSize {
                guard let limit = paginator.limitKey else {
                    throw Self.failure(pages, "the service does not let the caller choose the size of a page")
                }
                // Some services take the size as a string.
                let isText = pages.operation.input?.member(limit)?.shape.kind == .string
                first[limit] = isText ? .string(String(size)) : .integer(Int64(size))
            }
            if let text = pages.startingToken {
                guard let token = PageToken(text), let begun = rules.input(first, at: token) else {
                    throw Self.failure(pages, "the starting token is none of \(pages.operation.name)'s")
                }
                first = begun
                skipped = token.skipped
            }
            input = first
        }

        private static func failure(_ pages: AWSPages, _ message: String) -> AWSError {
            pages.client.failure(pages.operation, .response, "PaginationError", message)
        }
    }
}
