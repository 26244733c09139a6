extension ServiceEncoder {
    /// Operations whose answer waits for something to happen; the published models do not say it yet.
    private static let longPolls: Set<String> = [
        "sqs.ReceiveMessage", "stepfunctions.GetActivityTask", "swf.PollForActivityTask", "swf.PollForDecisionTask",
    ]

    func encodeOperation(_ name: String, _ operation: AWSValue, pool: StringPool) throws(ModelFailure) -> RecordWriter {
        let input = operation["input"]
        let output = operation["output"]
        var errors: [Int] = []
        for error in operation["errors"]?.list ?? [] {
            errors.append(try place(error, "an error of the operation \(name)"))
        }
        var flags = operationFlags(name, operation)
        let traits = operationTraits(operation, pool: pool)
        if !traits.isEmpty { flags.insert(.traits) }

        var record = RecordWriter(pool: pool)
        record.string(name)
        record.string(SnakeCase.name(name))
        record.string(operation["http"]?["method"]?.string ?? "POST")
        record.string(operation["http"]?["requestUri"]?.string ?? "/")
        record.varint(Swift.max(0, operation["http"]?["responseCode"]?.int ?? 0))
        record.varint(Int(flags.rawValue))
        record.varint(input == nil ? 0 : try place(input, "the input of the operation \(name)") + 1)
        record.varint(output == nil ? 0 : try place(output, "the output of the operation \(name)") + 1)
        record.varint(errors.count)
        for error in errors { record.varint(error) }
        traits.write(to: &record)
        return record
    }

    private func operationFlags(_ name: String, _ operation: AWSValue) -> OperationFlags {
        var flags: OperationFlags = []
        let names: [(String, OperationFlags)] = [
            ("readonly", .readOnly), ("idempotent", .idempotent), ("deprecated", .deprecated),
            ("unsignedPayload", .unsignedPayload), ("httpChecksumRequired", .httpChecksumRequired),
            ("endpointoperation", .endpointOperation),
        ]
        for (name, flag) in names where operation[name]?.bool == true { flags.insert(flag) }
        if operation["httpChecksum"]?["requestChecksumRequired"]?.bool == true {
            flags.insert(.requestChecksumRequired)
        }
        if Self.longPolls.contains("\(source.name).\(name)") { flags.insert(.longPoll) }
        if let discovery = operation["endpointdiscovery"] {
            flags.insert(.endpointDiscovery)
            if discovery["required"]?.bool == true { flags.insert(.endpointDiscoveryRequired) }
        }
        return flags
    }

    private func operationTraits(_ operation: AWSValue, pool: StringPool) -> TraitWriter {
        var traits = TraitWriter(pool: pool)
        traits.add(OperationTrait.authType, operation["authtype"]?.string)
        traits.add(OperationTrait.auth, operation["auth"]?.strings ?? [])
        traits.add(OperationTrait.hostPrefix, operation["endpoint"]?["hostPrefix"]?.string)
        let checksum = operation["httpChecksum"]
        traits.add(OperationTrait.requestAlgorithmMember, checksum?["requestAlgorithmMember"]?.string)
        traits.add(OperationTrait.requestValidationModeMember, checksum?["requestValidationModeMember"]?.string)
        traits.add(OperationTrait.responseAlgorithms, checksum?["responseAlgorithms"]?.strings ?? [])
        traits.add(OperationTrait.requestCompression, operation["requestcompression"]?["encodings"]?.strings ?? [])
        if let parameters = operation["staticContextParams"]?.map, !parameters.isEmpty {
            let values = AWSMap(parameters.map { ($0.key, $0.value["value"] ?? .null) })
            traits.add(OperationTrait.staticContextParams) { $0.value(.map(values)) }
        }
        if let parameters = operation["operationContextParams"]?.map, !parameters.isEmpty {
            traits.add(OperationTrait.operationContextParams) { record in
                record.varint(parameters.count)
                for (name, parameter) in parameters {
                    record.string(name)
                    record.string(parameter["path"]?.string)
                }
            }
        }
        traits.add(OperationTrait.inputLocationName, operation["input"]?["locationName"]?.string)
        traits.add(OperationTrait.inputXMLNamespace, namespace: operation["input"]?["xmlNamespace"])
        traits.add(OperationTrait.resultWrapper, operation["output"]?["resultWrapper"]?.string)
        return traits
    }

    // MARK: Paginators and waiters

    func encodePaginator(_ operation: String, _ paginator: AWSValue, pool: StringPool) -> RecordWriter {
        func names(_ key: String) -> [String] {
            paginator[key]?.strings ?? paginator[key]?.string.map { [$0] } ?? []
        }
        var record = RecordWriter(pool: pool)
        record.string(operation)
        record.strings(names("input_token"))
        record.strings(names("output_token"))
        record.strings(names("result_key"))
        record.string(paginator["more_results"]?.string)
        record.string(paginator["limit_key"]?.string)
        record.strings(names("non_aggregate_keys"))
        return record
    }

    func encodeWaiter(_ name: String, _ waiter: AWSValue, pool: StringPool) throws(ModelFailure) -> RecordWriter {
        var record = RecordWriter(pool: pool)
        record.string(name)
        record.string(SnakeCase.name(name))
        record.string(waiter["operation"]?.string)
        record.varint(Swift.max(0, waiter["delay"]?.int ?? 1))
        record.varint(Swift.max(1, waiter["maxAttempts"]?.int ?? 1))
        let acceptors = waiter["acceptors"]?.list ?? []
        record.varint(acceptors.count)
        for acceptor in acceptors {
            guard let state = Waiter.State(published: acceptor["state"]?.string ?? ""),
                let matcher = Waiter.Matcher(published: acceptor["matcher"]?.string ?? "")
            else {
                throw ModelFailure(
                    "\(source.name): the waiter \(name) has an acceptor with an unknown state or matcher: "
                        + "\(acceptor["state"]?.string ?? "none"), \(acceptor["matcher"]?.string ?? "none")")
            }
            record.byte(state.rawValue)
            record.byte(matcher.rawValue)
            record.string(acceptor["argument"]?.string)
            record.value(acceptor["expected"] ?? .null)
        }
        return record
    }
}
