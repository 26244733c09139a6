import AWSSigning

extension String {
    /// Whether a URL begins with a scheme, given in lower case with what comes after it: "https:", "http://". By bytes, since each
    /// request asks.
    func hasScheme(_ scheme: StaticString) -> Bool {
        withBytes { url in
            let count = scheme.utf8CodeUnitCount
            // In lower case; the signs stay as they are.
            return url.count >= count && (0..<count).allSatisfy { url[$0] | 0x20 == scheme.utf8Start[$0] }
        }
    }
}
