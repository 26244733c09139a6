import AWSModel

extension EventsService {
    func createEventBus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try input.require("Name")
        // "Custom event bus names can't contain the / character" (the documentation of Name); those of partners have it.
        guard !name.contains("/"), !name.hasPrefix("aws.") else {
            throw ServiceError("ValidationException", "Event bus name \(name) is not valid: it must not contain '/'.")
        }
        try Self.tagRules.check([Tag](input["Tags"]))
        guard name != "default", buses[context.account, context.region, name] == nil else {
            throw ServiceError("ResourceAlreadyExistsException", "Event bus \(name) already exists.")
        }
        let bus = EventBusRecord(
            name: name, arn: "arn:aws:events:\(context.region):\(context.account):event-bus/\(name)",
            tags: [Tag](input["Tags"]))
        buses[context.account, context.region, name] = bus
        return ["EventBusArn": .string(bus.arn)]
    }

    func deleteEventBus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = input["Name"]?.string ?? ""
        guard name != "default" else {
            throw ServiceError("ValidationException", "Cannot delete event bus default.")
        }
        let all = rules.all(account: context.account, region: context.region)
        guard !all.contains(where: { $0.bus == name }) else {
            throw ServiceError("ValidationException", "Cannot delete event bus \(name) because it has rules.")
        }
        buses[context.account, context.region, name] = nil
        return [:]
    }

    private func value(_ name: String, _ context: CallContext) -> AWSValue {
        [
            "Name": .string(name),
            "Arn": .string("arn:aws:events:\(context.region):\(context.account):event-bus/\(name)"),
        ]
    }

    func describeEventBus(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let name = try existingBus(["EventBusName": input["Name"] ?? "default"], context)
        return value(name, context)
    }

    func listEventBuses(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let prefix = input["NamePrefix"]?.string ?? ""
        let names = (["default"] + buses.keys(account: context.account, region: context.region))
            .filter { $0.hasPrefix(prefix) }
        return ["EventBuses": .list(names.map { value($0, context) })]
    }

    func putEvents(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        var failed = 0
        let entries = (input["Entries"]?.list ?? []).map { entry -> AWSValue in
            func failure(_ code: String, _ message: String) -> AWSValue {
                failed += 1
                return ["ErrorCode": .string(code), "ErrorMessage": .string(message)]
            }
            guard let source = entry["Source"]?.string, !source.isEmpty else {
                return failure(
                    "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument.")
            }
            guard !source.hasPrefix("aws.") else {
                return failure("NotAuthorizedForSourceException", "Not authorized for the source.")
            }
            guard let type = entry["DetailType"]?.string, !type.isEmpty else {
                return failure(
                    "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument.")
            }
            guard entry["Detail"]?.string?.isEmpty == false else {
                return failure(
                    "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument.")
            }
            guard let detail = try? JSON.parse(entry["Detail"]?.string ?? ""), detail.map != nil else {
                return failure("MalformedDetail", "Detail is malformed.")
            }
            let event = CloudEvent(
                id: Identifier.uuid(), source: source, detailType: type, detail: detail,
                resources: entry["Resources"]?.strings ?? [], account: context.account, region: context.region,
                time: entry["Time"]?.double ?? cloud.clock.now, bus: bus(entry))
            cloud.events.publish(event)
            return ["EventId": .string(event.id)]
        }
        return ["FailedEntryCount": .integer(Int64(failed)), "Entries": .list(entries)]
    }
}
