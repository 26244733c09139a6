/// The layout of a model image, version 1. All integers are little endian, whatever the machine.
///
///     header            16 fixed 32-bit fields, see `Field`
///     string offsets    stringCount + 1 offsets into the string bytes; string 0 is empty and means "none"
///     string bytes      UTF-8, every different string once, the most used first so that their numbers are short
///     services          one entry a service, sorted by name: name, offset and length of its block
///     blocks            one a service, see `Block`
///     rule sets         offsets of the endpoint rule sets, each kept once
///     partitions        one record
///
/// Inside a block, tables are fixed 32-bit offsets (so that any entry is reached without reading the others) and records
/// are variable-length integers of seven bits a byte, lowest first. A record is decoded when it is first asked for.
enum ImageFormat {
    /// "AWSM" as the first four bytes.
    static let magic: UInt32 = 0x4D53_5741
    static let version: UInt32 = 1
    static let headerSize = 64
    static let serviceEntrySize = 12

    /// Byte offsets of the header's fields.
    enum Field {
        static let magic = 0
        static let version = 4
        static let length = 8
        /// CRC-32 of everything after the header.
        static let checksum = 12
        static let stringCount = 16
        static let stringOffsets = 20
        static let stringBytes = 24
        static let serviceCount = 28
        static let services = 32
        static let ruleSetCount = 36
        static let ruleSets = 40
        /// 0 when the image has no partitions (a model compiled at run time uses the built-in ones).
        static let partitions = 44
        /// The number of the string that names the release of the published models.
        static let release = 48
    }

    /// Byte offsets of a service block's fields, each relative to the block's start.
    enum Block {
        static let shapeCount = 0
        static let operationCount = 4
        static let paginatorCount = 8
        static let waiterCount = 12
        static let metadata = 16
        static let shapes = 20
        static let operations = 24
        static let snakeOrder = 28
        static let paginators = 32
        static let waiters = 36
        static let headerSize = 40
    }
}

/// Traits of a shape that are plain yes or no.
struct ShapeFlags: OptionSet, Sendable {
    let rawValue: UInt32
    static let union = ShapeFlags(rawValue: 1 << 0)
    static let document = ShapeFlags(rawValue: 1 << 1)
    static let eventStream = ShapeFlags(rawValue: 1 << 2)
    static let event = ShapeFlags(rawValue: 1 << 3)
    static let streaming = ShapeFlags(rawValue: 1 << 4)
    static let flattened = ShapeFlags(rawValue: 1 << 5)
    static let sensitive = ShapeFlags(rawValue: 1 << 6)
    /// More traits follow the members.
    static let traits = ShapeFlags(rawValue: 1 << 7)
    static let exception = ShapeFlags(rawValue: 1 << 8)
    static let fault = ShapeFlags(rawValue: 1 << 9)
    static let retryable = ShapeFlags(rawValue: 1 << 10)
    static let throttling = ShapeFlags(rawValue: 1 << 11)
    static let senderFaultKnown = ShapeFlags(rawValue: 1 << 12)
    static let senderFault = ShapeFlags(rawValue: 1 << 13)
    static let requiresLength = ShapeFlags(rawValue: 1 << 14)
    static let wrapper = ShapeFlags(rawValue: 1 << 15)
    static let sparse = ShapeFlags(rawValue: 1 << 16)
    static let boxed = ShapeFlags(rawValue: 1 << 17)
    static let deprecated = ShapeFlags(rawValue: 1 << 18)
    static let jsonValue = ShapeFlags(rawValue: 1 << 19)
}

/// Traits of a shape that carry a value; each is its number, then the value.
enum ShapeTrait: Int {
    case required = 1, payload, locationName, xmlNamespace, timestampFormat, errorCode, errorStatus
    case minimum, maximum, minimumText, maximumText, enumeration
}

/// Traits of a member that are plain yes or no. What the target's shape says is merged in when the model is compiled.
struct MemberFlags: OptionSet, Sendable {
    let rawValue: UInt32
    static let traits = MemberFlags(rawValue: 1 << 0)
    static let idempotencyToken = MemberFlags(rawValue: 1 << 1)
    static let flattened = MemberFlags(rawValue: 1 << 2)
    static let streaming = MemberFlags(rawValue: 1 << 3)
    static let jsonValue = MemberFlags(rawValue: 1 << 4)
    static let deprecated = MemberFlags(rawValue: 1 << 5)
    static let boxed = MemberFlags(rawValue: 1 << 6)
    static let xmlAttribute = MemberFlags(rawValue: 1 << 7)
    static let hostLabel = MemberFlags(rawValue: 1 << 8)
    static let eventPayload = MemberFlags(rawValue: 1 << 9)
    static let eventHeader = MemberFlags(rawValue: 1 << 10)
    /// Not in the image: set from the structure's list when it is decoded.
    static let required = MemberFlags(rawValue: 1 << 31)
    /// Not in the image: whether the member has a name of its own on the wire, and a namespace in XML.
    static let renamed = MemberFlags(rawValue: 1 << 30)
    static let namespaced = MemberFlags(rawValue: 1 << 29)
}

enum MemberTrait: Int {
    case location = 1, locationName, queryName, xmlNamespace, timestampFormat, contextParam
}

struct OperationFlags: OptionSet, Sendable {
    let rawValue: UInt32
    static let traits = OperationFlags(rawValue: 1 << 0)
    static let readOnly = OperationFlags(rawValue: 1 << 1)
    static let idempotent = OperationFlags(rawValue: 1 << 2)
    static let deprecated = OperationFlags(rawValue: 1 << 3)
    static let unsignedPayload = OperationFlags(rawValue: 1 << 4)
    static let httpChecksumRequired = OperationFlags(rawValue: 1 << 5)
    static let requestChecksumRequired = OperationFlags(rawValue: 1 << 6)
    static let longPoll = OperationFlags(rawValue: 1 << 7)
    static let endpointDiscovery = OperationFlags(rawValue: 1 << 8)
    static let endpointDiscoveryRequired = OperationFlags(rawValue: 1 << 9)
    static let endpointOperation = OperationFlags(rawValue: 1 << 10)
}

enum OperationTrait: Int {
    case authType = 1, auth, hostPrefix, requestAlgorithmMember, requestValidationModeMember, responseAlgorithms
    case requestCompression, staticContextParams, operationContextParams
    case inputLocationName, inputXMLNamespace, resultWrapper
}

struct ServiceFlags: OptionSet, Sendable {
    let rawValue: UInt32
    static let queryCompatible = ServiceFlags(rawValue: 1 << 0)
    static let deprecated = ServiceFlags(rawValue: 1 << 1)
}
