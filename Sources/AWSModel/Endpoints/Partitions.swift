/// AWS's partitions: "aws", "aws-cn", "aws-us-gov" and the isolated ones.
public struct Partitions: Sendable {
    /// Those of the release that the binary carries.
    public static let builtIn = Catalog.builtIn.partitions

    public struct Region: Sendable, Hashable {
        public let name: String
        /// "Europe (Ireland)".
        public let location: String
    }

    public struct Partition: Sendable {
        public let name: String
        public let regions: [Region]
        /// "amazonaws.com".
        public let dnsSuffix: String
        public let dualStackDNSSuffix: String
        /// Where global services are signed for: "us-east-1".
        public let implicitGlobalRegion: String
        public let supportsFIPS: Bool
        public let supportsDualStack: Bool
        let pattern: RegionPattern
        /// What `aws.partition` gives endpoint rules.
        let outputs: AWSMap

        /// Whether a region is this partition's, by its list or, for regions newer than the list, by its name.
        public func contains(region: String) -> Bool {
            pattern.matches(region) || regions.contains { $0.name == region }
        }
    }

    public let all: [Partition]

    /// The partition of a region; the first one, "aws", when none knows it.
    public func partition(forRegion region: String) -> Partition {
        all.first { $0.contains(region: region) } ?? all.first ?? Self.standard
    }

    /// For images that carry no partitions.
    private static let standard = Partition(
        name: "aws", regions: [], dnsSuffix: "amazonaws.com", dualStackDNSSuffix: "api.aws",
        implicitGlobalRegion: "us-east-1", supportsFIPS: true, supportsDualStack: true,
        pattern: RegionPattern(elements: []),
        outputs: [
            "name": "aws", "dnsSuffix": "amazonaws.com", "dualStackDnsSuffix": "api.aws",
            "implicitGlobalRegion": "us-east-1", "supportsFIPS": true, "supportsDualStack": true,
        ])

    static let none = Partitions(all: [])

    private init(all: [Partition]) { self.all = all }

    init(_ cursor: inout ImageCursor) {
        all = cursor.list { cursor in
            let name = cursor.string()
            let pattern = RegionPattern(cursor.string()) ?? RegionPattern(elements: [])
            var outputs = cursor.value().map ?? [:]
            outputs["name"] = .string(name)
            let regions = cursor.list { Region(name: $0.string(), location: $0.string()) }
            return Partition(
                name: name, regions: regions, dnsSuffix: outputs["dnsSuffix"]?.string ?? "",
                dualStackDNSSuffix: outputs["dualStackDnsSuffix"]?.string ?? "",
                implicitGlobalRegion: outputs["implicitGlobalRegion"]?.string ?? "",
                supportsFIPS: outputs["supportsFIPS"]?.bool ?? false,
                supportsDualStack: outputs["supportsDualStack"]?.bool ?? false, pattern: pattern, outputs: outputs)
        }
    }
}

/// The part of regular expressions that the partitions' patterns use: `^(us|eu)\-\w+\-\d+$`.
struct RegionPattern: Sendable {
    enum Element: Sendable {
        case text([UInt8])
        case oneOf([[UInt8]])
        /// `\w+`
        case word
        /// `\d+`
        case digits
    }

    let elements: [Element]

    init(elements: [Element]) { self.elements = elements }

    /// nil for a pattern with anything else in it.
    init?(_ pattern: String) {
        guard pattern.hasPrefix("^"), pattern.hasSuffix("$") else { return nil }
        var elements: [Element] = []
        var text: [UInt8] = []
        func close() {
            if !text.isEmpty { elements.append(.text(text)) }
            text = []
        }
        var rest = Array(pattern.utf8.dropFirst().dropLast())[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                if escaped == UInt8(ascii: "w") || escaped == UInt8(ascii: "d") {
                    guard rest.popFirst() == UInt8(ascii: "+") else { return nil }
                    close()
                    elements.append(escaped == UInt8(ascii: "w") ? .word : .digits)
                } else {
                    text.append(escaped)
                }
            case UInt8(ascii: "("):
                guard let end = rest.firstIndex(of: UInt8(ascii: ")")) else { return nil }
                close()
                elements.append(.oneOf(rest[..<end].split(separator: UInt8(ascii: "|")).map(Array.init)))
                rest = rest[(end + 1)...]
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "."),
                UInt8(ascii: "|"), UInt8(ascii: "{"):
                return nil
            default: text.append(byte)
            }
        }
        close()
        self.elements = elements
    }

    func matches(_ region: String) -> Bool {
        !elements.isEmpty && Self.matches(elements[...], Array(region.utf8)[...])
    }

    private static func matches(_ elements: ArraySlice<Element>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let element = elements.first else { return text.isEmpty }
        let rest = elements.dropFirst()
        switch element {
        case .text(let literal): return text.starts(with: literal) && matches(rest, text.dropFirst(literal.count))
        case .oneOf(let choices):
            return choices.contains { text.starts(with: $0) && matches(rest, text.dropFirst($0.count)) }
        case .digits: return matchesRun(rest, text) { (0x30...0x39).contains($0) }
        case .word:
            return matchesRun(rest, text) {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
            }
        }
    }

    /// One or more bytes of a kind, the most first.
    private static func matchesRun(
        _ rest: ArraySlice<Element>, _ text: ArraySlice<UInt8>, _ isKind: (UInt8) -> Bool
    ) -> Bool {
        let longest = text.prefix(while: isKind).count
        return longest > 0 && (1...longest).reversed().contains { matches(rest, text.dropFirst($0)) }
    }
}
