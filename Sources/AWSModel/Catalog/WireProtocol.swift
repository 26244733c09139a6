/// How requests and responses of a service are written on the wire.
public enum WireProtocol: String, Sendable, CaseIterable {
    case json10, json11, query, ec2, restJSON, restXML, rpcV2CBOR

    /// From a published model's name of the protocol; `jsonVersion` tells the two versions of "json" apart.
    init?(published name: String, jsonVersion: String?) {
        switch name {
        case "json": self = jsonVersion == "1.0" ? .json10 : .json11
        case "query": self = .query
        case "ec2": self = .ec2
        case "rest-json": self = .restJSON
        case "rest-xml": self = .restXML
        case "smithy-rpc-v2-cbor": self = .rpcV2CBOR
        default: return nil
        }
    }

    /// The number in an image.
    var code: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    init?(code: Int) {
        guard Self.allCases.indices.contains(code) else { return nil }
        self = Self.allCases[code]
    }
}

/// The kind of a shape. A union is a structure that says so, and so is a document.
public enum ShapeKind: UInt8, Sendable, CaseIterable {
    case structure, list, map, string, character, boolean, byte, short, integer, long, bigInteger, float, double
    case bigDecimal, blob, timestamp

    init?(published name: String) {
        switch name {
        case "structure": self = .structure
        case "list": self = .list
        case "map": self = .map
        case "string": self = .string
        case "character": self = .character
        case "boolean": self = .boolean
        case "byte": self = .byte
        case "short": self = .short
        case "integer", "intEnum": self = .integer
        case "long": self = .long
        case "biginteger", "bigInteger": self = .bigInteger
        case "float": self = .float
        case "double": self = .double
        case "bigdecimal", "bigDecimal": self = .bigDecimal
        case "blob": self = .blob
        case "timestamp": self = .timestamp
        default: return nil
        }
    }
}

/// Where a member travels in a REST request or response; members without a location travel in the body.
public enum MemberLocation: UInt8, Sendable, CaseIterable {
    case header = 1, headers, uri, querystring, statusCode

    init?(published name: String) {
        switch name {
        case "header": self = .header
        case "headers": self = .headers
        case "uri": self = .uri
        case "querystring": self = .querystring
        case "statusCode": self = .statusCode
        default: return nil
        }
    }
}

/// An XML namespace: the URI, and the prefix where the model names one.
public struct XMLNamespace: Sendable, Hashable {
    public let uri: String
    public let prefix: String?
}
