import Testing

@testable import AWSModel

/// One case of a protocol suite with the model that it is for.
struct ProtocolCase {
    let test: AWSValue
    let service: ServiceModel
    let operation: Operation
    let wireProtocol: WireProtocol
    let clientEndpoint: String?

    init(_ suite: AWSValue, _ test: AWSValue) throws {
        self.test = test
        clientEndpoint = suite["clientEndpoint"]?.string
        let name = test["given"]?["name"]?.string ?? "OperationName"
        var model = AWSMap()
        model["version"] = "2.0"
        var metadata = suite["metadata"] ?? .map([:])
        for (key, value) in ["endpointPrefix": "suite", "apiVersion": "2014-01-01", "serviceId": "Suite"] as AWSMap
        where metadata[key] == nil { metadata[key] = value }
        model["metadata"] = metadata
        model["shapes"] = suite["shapes"] ?? .map([:])
        var given = test["given"] ?? .map([:])
        given["name"] = .string(name)
        if given["http"] == nil { given["http"] = ["method": "POST", "requestUri": "/"] }
        model["operations"] = .map([name: given])
        service = try Catalog.compile(
            name: "suite", json: JSON.write(.map(model)), paginators: nil, waiters: nil, endpointRules: nil)
        operation = try #require(service.operation(name))
        wireProtocol = service.wireProtocol
    }

    /// The path of an endpoint that has one: requests begin with it, a server's routes after it.
    private var endpointPath: String {
        let parts = clientEndpoint?.split(separator: "/").dropFirst(2) ?? []
        return parts.isEmpty ? "" : "/" + parts.joined(separator: "/")
    }

    // MARK: Requests

    func clientRequest() throws -> [String] {
        let params = Self.specials(test["params"] ?? .map([:]))
        let request = try ClientCodec.encode(
            Self.typed(params, operation.input), operation: operation, service: service)
        let expected = test["serialized"] ?? .map([:])
        var problems: [String] = []
        if let uri = expected["uri"]?.string, endpointPath + request.target != uri {
            problems.append("URI \(request.target), not \(uri)")
        }
        if let method = expected["method"]?.string, request.method != method {
            problems.append("method \(request.method)")
        }
        if let host = expected["host"]?.string, let clientEndpoint {
            let base = clientEndpoint.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            let actual = (request.hostPrefix ?? "") + base
            if actual != host, actual + endpointPath != host { problems.append("host \(actual), not \(host)") }
        }
        for (name, value) in expected["headers"]?.map ?? [:] {
            guard let actual = request.header(name) else {
                if name.lowercased() != "content-type" || wireProtocol != .restXML {
                    problems.append("no header \(name)")
                }
                continue
            }
            if !Self.sameHeader(actual, value.string ?? "") {
                problems.append("header \(name): \(actual), not \(value.string ?? "")")
            }
        }
        for name in expected["forbidHeaders"]?.strings ?? [] where request.header(name) != nil {
            problems.append("header \(name) must not be sent")
        }
        if let body = expected["body"]?.string {
            problems += try compare(body: try request.body.bytes(), with: body)
        }
        return problems
    }

    func serverRequest() throws -> [String] {
        let expected = test["serialized"] ?? .map([:])
        // Some cases name but a header or two of the request: not a request that a server could read.
        if expected["body"] == nil, wireProtocol != .restJSON, wireProtocol != .restXML { return [] }
        if expected["headers"]?["Content-Encoding"] != nil { return [] }
        var uri = expected["uri"]?.string ?? "/"
        if uri.hasPrefix(endpointPath) { uri.removeFirst(endpointPath.count) }
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var request = WireRequest(
            method: expected["method"]?.string ?? operation.httpMethod, path: parts[0],
            query: parts.count > 1 ? QueryString.split(parts[1]) : [])
        for (name, value) in expected["headers"]?.map ?? [:] { request.headers.append((name, value.string ?? "")) }
        let body = expected["body"]?.string ?? ""
        request.body = .bytes(wireProtocol == .rpcV2CBOR ? try #require(Base64.decode(body)) : Array(body.utf8))
        var problems: [String] = []
        let isRPC = wireProtocol == .json10 || wireProtocol == .json11
        if expected["uri"] != nil, !isRPC || request.header("X-Amz-Target") != nil {
            if let (found, spoken) = ServerCodec.route(request, service: service) {
                if found != operation || spoken != wireProtocol {
                    problems.append("routed to \(found.name) in \(spoken)")
                }
            } else {
                problems.append("not routed")
            }
        }
        var input = try ServerCodec.decode(request, operation: operation, service: service, protocol: wireProtocol)
        var wanted = Self.typed(Self.specials(test["params"] ?? .map([:])), operation.input)
        for name in test["id"]?.string.flatMap({ ProtocolSuite.lostBackwards[$0] }) ?? [] {
            if (input[name] ?? [:]) != [:] { problems.append("\(name) is not empty") }
            input[name] = nil
            wanted[name] = nil
        }
        if !Self.same(rest(Self.plain(input)), rest(Self.plain(Self.withoutNulls(wanted)))) {
            problems.append("read \(Self.show(input)), not \(Self.show(wanted))")
        }
        return problems
    }

    /// Without what cannot be told from a request: a map of the query also holds what named members hold, which the
    /// suites' parameters sometimes leave out; an absent token was filled in.
    private func rest(_ input: AWSValue) -> AWSValue {
        var input = input
        for member in operation.input?.members ?? MemberList(storage: operation.storage, nodes: []) {
            guard member.location == .querystring, member.shape.kind == .map, var map = input[member.name]?.map else {
                continue
            }
            for other in operation.input?.members ?? MemberList(storage: operation.storage, nodes: []) {
                map[other.wireName] = nil
            }
            input[member.name] = map.isEmpty ? nil : .map(map)
        }
        return input
    }

    private func compare(body: [UInt8], with expected: String) throws -> [String] {
        let same: Bool
        switch wireProtocol {
        case .json10, .json11, .restJSON:
            if let left = try? JSON.parse(body), let right = try? JSON.parse(expected) {
                same = Self.same(left, right)
            } else {
                same = body == Array(expected.utf8)
            }
        case .restXML:
            if let left = try? CanonicalXML(body), let right = try? CanonicalXML(Array(expected.utf8)) {
                same = left == right
            } else {
                same = body == Array(expected.utf8)
            }
        case .rpcV2CBOR:
            if expected.isEmpty { return body.isEmpty ? [] : ["a body of \(body.count) bytes"] }
            func value(_ bytes: [UInt8]) throws -> AWSValue {
                try bytes.withUnsafeBufferPointer { buffer in
                    var reader = CBORReader(buffer)
                    return try reader.value()
                }
            }
            same = Self.same(try value(body), try value(try #require(Base64.decode(expected))))
        case .query, .ec2:
            same =
                Set(body.split(separator: UInt8(ascii: "&")))
                == Set(Array(expected.utf8).split(separator: UInt8(ascii: "&")))
        }
        return same ? [] : ["body \(String(decoding: body, as: UTF8.self)), not \(expected)"]
    }

    // MARK: Responses

    private func response() throws -> WireResponse {
        let given = test["response"] ?? .map([:])
        let body = given["body"]?.string ?? (wireProtocol == .query ? "<xml/>" : "")
        return WireResponse(
            status: given["status_code"]?.int ?? 200,
            headers: (given["headers"]?.map ?? [:]).map { ($0.key, $0.value.string ?? "") },
            body: .bytes(wireProtocol == .rpcV2CBOR ? try #require(Base64.decode(body)) : Array(body.utf8)))
    }

    private func expectedResult() -> AWSValue {
        Self.specials(test["result"] ?? .map([:]))
    }

    func clientResponse() throws -> [String] {
        do {
            let output = try ClientCodec.decode(try response(), operation: operation, service: service)
            if test["error"] != nil { return ["no error"] }
            return compare(output: output, expectedResult())
        } catch let error as WireError {
            guard let expected = test["error"] else { throw error }
            return compare(error: error, expected)
        }
    }

    func serverResponse() throws -> [String] {
        if let expected = test["error"] {
            let code = test["errorCode"]?.string ?? ""
            let shape = operation.errors.first { $0.name == code || $0.errorCode == code } ?? service.shape(code)
            var fields = Self.typed(expected, shape).map ?? [:]
            for name in ["message", "Message"] { fields[name] = nil }
            let response = ServerCodec.encodeError(
                code: code, message: test["errorMessage"]?.string ?? "", fields: fields,
                status: test["response"]?["status_code"]?.int ?? 400, operation: operation, service: service,
                protocol: wireProtocol, requestID: "id")
            do {
                _ = try ClientCodec.decode(response, operation: operation, service: service)
                return ["no error"]
            } catch let error as WireError {
                return compare(error: error, expected)
            }
        }
        let result = Self.typed(expectedResult(), operation.output)
        var response = try ServerCodec.encode(
            result, operation: operation, service: service, protocol: wireProtocol, requestID: "id")
        // A map of all headers would hold it.
        response.headers.removeAll { $0.name == "x-amzn-RequestId" }
        var problems: [String] = []
        if let status = test["response"]?["status_code"]?.int, status != response.status {
            problems.append("status \(response.status), not \(status)")
        }
        let read = try ClientCodec.decode(response, operation: operation, service: service)
        return problems + compare(output: read, expectedResult())
    }

    private func compare(output: AWSValue, _ expected: AWSValue) -> [String] {
        let wanted = Self.withoutNulls(Self.typed(expected, operation.output))
        return Self.same(Self.plain(output), Self.plain(wanted))
            ? [] : ["read \(Self.show(output)), not \(Self.show(wanted))"]
    }

    private func compare(error: WireError, _ expected: AWSValue) -> [String] {
        var problems: [String] = []
        if let code = test["errorCode"]?.string, error.code != code {
            problems.append("code \(error.code), not \(code)")
        }
        if let message = test["errorMessage"]?.string, error.message != message {
            problems.append("message \(error.message), not \(message)")
        }
        let shape = ErrorShapes.find(error.code, operation, service) ?? service.shape(error.code)
        for (name, value) in Self.typed(expected, shape).map ?? [:] {
            if name.lowercased() == "message", error.message == value.string { continue }
            if !Self.same(Self.plain(error.fields[name] ?? .null), Self.plain(value)) {
                problems.append("field \(name): \(Self.show(error.fields[name] ?? .null)), not \(Self.show(value))")
            }
        }
        return problems
    }
}
