import AWSModel

/// Resources of policies, made from a template and a call's input.
enum ResourceTemplate {
    static func fill(_ template: String, input: AWSValue, service: String, region: String, account: String) -> String {
        var filled = ""
        var rest = Substring(template)
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            switch name {
            case "region": filled += region
            case "account": filled += account
            default:
                let value = member(name, of: input)
                if value.hasPrefix("arn:") { return value }
                filled += value
            }
        }
        filled += rest
        return filled == "*" || filled.hasPrefix("arn:") ? filled : "arn:aws:\(service):\(region):\(account):\(filled)"
    }

    /// A member, or a member of a member (`pipeline.name`); `*` where it is absent.
    private static func member(_ path: String, of input: AWSValue) -> String {
        var value: AWSValue? = input
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value?.string ?? value?.integer.map(String.init) ?? "*"
    }
}
