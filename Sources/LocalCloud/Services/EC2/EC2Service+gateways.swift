import AWSModel

/// Internet gateways and route tables: records with AWS's rules of deletion.
extension EC2Service {
    var gatewayOperations: [String: OperationHandler] {
        [
            "CreateInternetGateway": createInternetGateway, "DeleteInternetGateway": deleteInternetGateway,
            "AttachInternetGateway": attachInternetGateway, "DetachInternetGateway": detachInternetGateway,
            "DescribeInternetGateways": describeInternetGateways, "CreateRouteTable": createRouteTable,
            "DeleteRouteTable": deleteRouteTable, "DescribeRouteTables": describeRouteTables,
            "CreateRoute": createRoute,
            "DeleteRoute": deleteRoute, "AssociateRouteTable": associateRouteTable,
            "DisassociateRouteTable": disassociateRouteTable,
        ]
    }

    private func gateway(_ input: AWSValue, _ context: CallContext) throws -> InternetGateway {
        let id = try input.require("InternetGatewayId", code: "MissingParameter")
        guard let gateway = gateways[context.account, context.region, id] else {
            throw ServiceError("InvalidInternetGatewayID.NotFound", "The internetGateway ID '\(id)' does not exist")
        }
        return gateway
    }

    private func value(of gateway: InternetGateway, _ context: CallContext) -> AWSValue {
        .structure([
            "Attachments": .list(gateway.vpcID.map { [["State": "available", "VpcId": .string($0)]] } ?? []),
            "InternetGatewayId": .string(gateway.id), "OwnerId": .string(context.account),
            "Tags": tagValue(of: gateway.id, context) ?? [],
        ])
    }

    private func createInternetGateway(_ input: AWSValue, _ context: CallContext) -> AWSValue {
        let gateway = InternetGateway(id: "igw-" + Identifier.hex(17), vpcID: nil)
        gateways[context.account, context.region, gateway.id] = gateway
        applyTags(input, kind: "internet-gateway", to: gateway.id, context)
        return ["InternetGateway": value(of: gateway, context)]
    }

    private func deleteInternetGateway(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let gateway = try gateway(input, context)
        guard gateway.vpcID == nil else {
            throw ServiceError(
                "DependencyViolation", "The internetGateway '\(gateway.id)' has dependencies and cannot be deleted.")
        }
        forget(gateway.id, in: gateways, context)
        return [:]
    }

    private func attachInternetGateway(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let gateway = try gateway(input, context)
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        if let attached = gateway.vpcID {
            throw ServiceError(
                "Resource.AlreadyAssociated", "resource \(gateway.id) is already attached to network \(attached)")
        }
        gateways.update(context.account, context.region, gateway.id) { $0.vpcID = vpc.id }
        return [:]
    }

    private func detachInternetGateway(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let gateway = try gateway(input, context)
        let id = try input.require("VpcId", code: "MissingParameter")
        guard gateway.vpcID == id else {
            throw ServiceError("Gateway.NotAttached", "resource \(gateway.id) is not attached to network \(id)")
        }
        if interfaces.all(account: context.account, region: context.region)
            .contains(where: { $0.vpcID == id && $0.publicAddress != nil })
        {
            throw ServiceError(
                "DependencyViolation",
                "Network \(id) has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
            )
        }
        gateways.update(context.account, context.region, gateway.id) { $0.vpcID = nil }
        return [:]
    }

    private func describeInternetGateways(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let found = try select(
            gateways, ids: "InternetGatewayIds", notFound: "InvalidInternetGatewayID.NotFound",
            kind: "internetGateway ID",
            id: \.id, input, context
        ) { gateway, name in
            switch name {
            case "internet-gateway-id": [gateway.id]
            case "attachment.vpc-id": [gateway.vpcID]
            case "attachment.state": [gateway.vpcID == nil ? nil : "available"]
            case "owner-id": [context.account]
            default: nil
            }
        }
        return try page("InternetGateways", found, input) { value(of: $0, context) }
    }

    private func routeTable(_ input: AWSValue, _ context: CallContext) throws -> RouteTable {
        let id = try input.require("RouteTableId", code: "MissingParameter")
        guard let table = routeTables[context.account, context.region, id] else {
            throw ServiceError("InvalidRouteTableID.NotFound", "The routeTable ID '\(id)' does not exist")
        }
        return table
    }

    private func value(of table: RouteTable, _ context: CallContext) -> AWSValue {
        .structure([
            "Associations": .list(
                table.associations.map { association in
                    .structure([
                        "Main": .bool(association.subnetID == nil), "RouteTableAssociationId": .string(association.id),
                        "RouteTableId": .string(table.id), "SubnetId": association.subnetID.map { .string($0) },
                        "AssociationState": ["State": "associated"],
                    ])
                }),
            "PropagatingVgws": [], "RouteTableId": .string(table.id),
            "Routes": .list(
                table.routes.map { route in
                    [
                        "DestinationCidrBlock": .string(route.destination), "GatewayId": .string(route.gatewayID),
                        "Origin": .string(route.origin), "State": "active",
                    ]
                }),
            "Tags": tagValue(of: table.id, context) ?? [], "VpcId": .string(table.vpcID),
            "OwnerId": .string(context.account),
        ])
    }

    private func createRouteTable(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let vpc = try vpc(input.require("VpcId", code: "MissingParameter"), context)
        let table = RouteTable(
            id: "rtb-" + Identifier.hex(17), vpcID: vpc.id,
            routes: [.init(destination: vpc.cidr, gatewayID: "local", origin: "CreateRouteTable")], associations: [])
        routeTables[context.account, context.region, table.id] = table
        applyTags(input, kind: "route-table", to: table.id, context)
        return ["RouteTable": value(of: table, context)]
    }

    private func deleteRouteTable(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let table = try routeTable(input, context)
        guard table.associations.isEmpty else {
            throw ServiceError(
                "DependencyViolation", "The routeTable '\(table.id)' has dependencies and cannot be deleted.")
        }
        forget(table.id, in: routeTables, context)
        return [:]
    }

    private func describeRouteTables(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        ensureDefaults(context)
        let found = try select(
            routeTables, ids: "RouteTableIds", notFound: "InvalidRouteTableID.NotFound", kind: "routeTable ID",
            id: \.id,
            input, context
        ) { table, name in
            switch name {
            case "route-table-id", "association.route-table-id": [table.id]
            case "vpc-id": [table.vpcID]
            case "association.main": table.associations.map { $0.subnetID == nil ? "true" : "false" }
            case "association.subnet-id": table.associations.map(\.subnetID)
            case "association.route-table-association-id": table.associations.map(\.id)
            case "route.destination-cidr-block": table.routes.map(\.destination)
            case "route.gateway-id": table.routes.map(\.gatewayID)
            case "owner-id": [context.account]
            default: nil
            }
        }
        return try page("RouteTables", found, input) { value(of: $0, context) }
    }

    private func createRoute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let table = try routeTable(input, context)
        let destination = try input.require("DestinationCidrBlock", code: "MissingParameter")
        guard let gateway = input["GatewayId"]?.string ?? input["NatGatewayId"]?.string else {
            throw ServiceError("MissingParameter", "The request must contain a gateway, an instance or an interface")
        }
        if table.routes.contains(where: { $0.destination == destination }) {
            throw ServiceError(
                "RouteAlreadyExists", "The route identified by \(destination) already exists.")
        }
        routeTables.update(context.account, context.region, table.id) {
            $0.routes.append(.init(destination: destination, gatewayID: gateway, origin: "CreateRoute"))
        }
        return ["Return": true]
    }

    private func deleteRoute(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let table = try routeTable(input, context)
        let destination = try input.require("DestinationCidrBlock", code: "MissingParameter")
        guard table.routes.contains(where: { $0.destination == destination && $0.gatewayID != "local" }) else {
            throw ServiceError(
                "InvalidRoute.NotFound",
                "no route with destination-cidr-block \(destination) in route table \(table.id)")
        }
        routeTables.update(context.account, context.region, table.id) { table in
            table.routes.removeAll { $0.destination == destination }
        }
        return [:]
    }

    private func associateRouteTable(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let table = try routeTable(input, context)
        let subnet = try subnet(input.require("SubnetId", code: "MissingParameter"), context)
        let id = "rtbassoc-" + Identifier.hex(17)
        routeTables.update(context.account, context.region, table.id) {
            $0.associations.append(.init(id: id, subnetID: subnet.id))
        }
        return ["AssociationId": .string(id), "AssociationState": ["State": "associated"]]
    }

    private func disassociateRouteTable(_ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let id = try input.require("AssociationId", code: "MissingParameter")
        let table = routeTables.all(account: context.account, region: context.region).first { table in
            table.associations.contains { $0.id == id }
        }
        guard let table else {
            throw ServiceError("InvalidAssociationID.NotFound", "The association ID '\(id)' does not exist")
        }
        if table.associations.contains(where: { $0.id == id && $0.subnetID == nil }) {
            throw ServiceError(
                "InvalidParameterValue", "cannot disassociate the main route table association \(id)")
        }
        routeTables.update(context.account, context.region, table.id) { $0.associations.removeAll { $0.id == id } }
        return [:]
    }
}
