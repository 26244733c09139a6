import AWSModel

/// `Filters` of a Describe call: every filter has to match, by one of its values, in which `*` and `?` are wildcards.
struct EC2Filters {
    private let filters: [(name: String, values: [String])]

    init(_ input: AWSValue) {
        filters = (input["Filters"]?.list ?? []).compactMap { filter in
            filter["Name"]?.string.map { ($0, filter["Values"]?.strings ?? []) }
        }
    }

    var isEmpty: Bool { filters.isEmpty }

    /// - Parameter attribute: The values of an attribute by its filter's name; nil for a name that there is none of.
    /// - Throws: `InvalidParameterValue` for such a name.
    func matches(tags: [Tag], _ attribute: (String) -> [String?]?) throws(ServiceError) -> Bool {
        for (name, values) in filters {
            let found: [String]
            if name.hasPrefix("tag:") {
                found = tags.filter { $0.key == name.dropFirst(4) }.map(\.value)
            } else if name == "tag-key" {
                found = tags.map(\.key)
            } else if let attributes = attribute(name) {
                found = attributes.compactMap { $0 }
            } else {
                throw Self.unknown(name)
            }
            if !values.contains(where: { value in found.contains { Wildcard.matches(value, $0) } }) { return false }
        }
        return true
    }
}

/// IPv4 addresses and blocks as numbers.
struct AddressBlock {
    var base: UInt32
    var length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = Self.number(String(parts[0])), let length = Int(parts[1]),
            (0...32).contains(length)
        else { return nil }
        self.base = length == 0 ? 0 : base & (UInt32.max << UInt32(32 - length))
        self.length = length
    }

    var count: Int { 1 << (32 - length) }
    func address(_ offset: Int) -> String { Self.text(base &+ UInt32(offset)) }
    func contains(_ other: AddressBlock) -> Bool {
        other.length >= length && AddressBlock("\(Self.text(other.base))/\(length)")?.base == base
    }
    func overlaps(_ other: AddressBlock) -> Bool { contains(other) || other.contains(self) }

    static func number(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            number = number << 8 | UInt32(part)
        }
        return number
    }
    /// An address as it stands in host names: 172-31-0-4.
    static func dashed(_ address: String) -> String {
        let dot = UInt8(ascii: "."), dash = UInt8(ascii: "-")
        return String(decoding: address.utf8.lazy.map { $0 == dot ? dash : $0 }, as: UTF8.self)
    }
    static func text(_ number: UInt32) -> String {
        [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xff) }.joined(separator: ".")
    }
}
