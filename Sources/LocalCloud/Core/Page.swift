import FoundationEssentials

/// Pages of a list, with tokens that name the next element's place.
public enum Page {
    /// The page that `token` asks for.
    ///
    /// - Parameters:
    ///   - token: What the previous page's `next` was; nil for the first.
    ///   - limit: Most elements on a page.
    /// - Throws: ``ServiceError`` with `invalidToken` as its code for a token that was not given out.
    public static func of<Element>(
        _ elements: [Element], token: String?, limit: Int, invalidToken: String = "InvalidNextTokenException"
    ) throws(ServiceError) -> (elements: [Element], next: String?) {
        var start = 0
        if let token {
            guard let data = Data(base64Encoded: token), let text = String(data: data, encoding: .utf8),
                text.hasPrefix("at:"), let at = Int(text.dropFirst(3)), at >= 0
            else { throw ServiceError(invalidToken, "The specified token is not valid.") }
            start = min(at, elements.count)
        }
        let end = start + min(max(1, limit), elements.count - start)
        let next = end < elements.count ? Data("at:\(end)".utf8).base64EncodedString() : nil
        return (Array(elements[start..<end]), next)
    }
}
