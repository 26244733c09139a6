import AWSModel

extension AWSClient {
    /// The answers of an operation, page after page, fetched as they are asked for.
    ///
    /// An operation that is not paged gives its one answer.
    ///
    /// - Parameter pageSize: how many items to ask for at a time; nil leaves it to the service.
    public func pages(
        _ operation: Operation, _ input: AWSValue = [:], pageSize: Int? = nil, options: CallOptions = CallOptions()
    ) -> AWSPages {
        AWSPages(
            client: self, operation: operation, input: input, pageSize: pageSize, options: options,
            paginator: service.paginator(operation.name))
    }
}

/// Pages of answers; see ``AWSClient/pages(_:_:pageSize:options:)``.
///
/// Source of the rules: the models' `paginators-1.json`.
public struct AWSPages: AsyncSequence, Sendable {
    public typealias Element = AWSResult

    let client: AWSClient
    let operation: Operation
    let input: AWSValue
    let pageSize: Int?
    let options: CallOptions
    let paginator: Paginator?

    /// Whether the model pages this operation.
    public var isPaged: Bool { paginator != nil }

    public func makeAsyncIterator() -> Iterator { Iterator(pages: self, input: first) }

    /// What the pages are about: the elements of the first result key, such as each of `Reservations`.
    public func items(of page: AWSValue) throws -> [AWSValue] {
        guard let key = paginator?.resultKeys.first else { return [] }
        switch try JMESPath(compiling: key).search(page) {
        case .list(let elements): return elements
        case .null: return []
        case let one: return [one]
        }
    }

    private var first: AWSValue {
        guard let pageSize, let limit = paginator?.limitKey else { return input }
        var first = input
        // Some services take the size as a string.
        let isText = operation.input?.member(limit)?.shape.kind == .string
        first[limit] = isText ? .string(String(pageSize)) : .integer(Int64(pageSize))
        return first
    }

    public struct Iterator: AsyncIteratorProtocol {
        let pages: AWSPages
        /// nil after the last page.
        var input: AWSValue?
        var previous: [AWSValue] = []

        init(pages: AWSPages, input: AWSValue) {
            self.pages = pages
            self.input = input
        }

        public mutating func next() async throws -> AWSResult? {
            guard let current = input else { return nil }
            input = nil
            let result = try await pages.client.call(pages.operation, current, options: pages.options)
            guard let paginator = pages.paginator else { return result }
            if let more = paginator.moreResults, try JMESPath(compiling: more).search(result.output) != true {
                return result
            }
            let tokens = try paginator.outputTokens.map { try JMESPath(compiling: $0).search(result.output) }
            guard tokens.contains(where: { !Self.isEmpty($0) }) else { return result }
            // Asking with the same tokens again would never end.
            if tokens == previous {
                throw AWSError(
                    .response, code: "PaginationError",
                    message: "the service gave the same token for the next page twice",
                    service: pages.client.service.name, operation: pages.operation.name)
            }
            previous = tokens
            var following = pages.first
            for (name, token) in zip(paginator.inputTokens, tokens) {
                following[name] = Self.isEmpty(token) ? nil : token
            }
            input = following
            return result
        }

        private static func isEmpty(_ token: AWSValue) -> Bool {
            switch token {
            case .null, .string(""), .bool(false): true
            case .map(let map): map.isEmpty
            case .list(let list): list.isEmpty
            default: false
            }
        }
    }
}
