import AWSModel

/// A model of our own with a bit of everything, in any protocol.
enum TestModel {
    static let protocols = ["json", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"]

    static let input: AWSValue = [
        "Name": "n/ä", "Count": 3, "Ratio": 0.5, "On": true, "When": .timestamp(1422172800), "Data": .blob([0, 1]),
        "Tags": ["a", "b"], "Flat": ["x"], "Map": ["k": 1], "Inner": ["Renamed": "r"],
    ]

    static func service(_ wireProtocol: String, metadata: AWSMap = [:]) throws -> ServiceModel {
        var all: AWSMap = [
            "apiVersion": "2020-01-01", "endpointPrefix": "test", "serviceId": "Test",
            "protocol": .string(wireProtocol),
            "protocols": [.string(wireProtocol)], "xmlNamespace": "http://test/",
        ]
        for (key, value) in metadata { all[key] = value }
        let model: AWSValue = [
            "version": "2.0", "metadata": .map(all),
            "operations": [
                "Do": [
                    "name": "Do", "http": ["method": "POST", "requestUri": "/do"],
                    "input": ["shape": "All", "locationName": "DoIt"],
                    "output": wireProtocol == "query"
                        ? ["shape": "All", "resultWrapper": "DoResult"] : ["shape": "All"],
                    "errors": [["shape": "GoneException"]],
                ],
                "Put": [
                    "name": "Put", "http": ["method": "PUT", "requestUri": "/v1/{bucket}/{key+}?thing"],
                    "input": ["shape": "PutRequest"],
                ],
                "PutOther": [
                    "name": "PutOther", "http": ["method": "PUT", "requestUri": "/v1/{bucket}/{key+}"],
                    "input": ["shape": "PutRequest"],
                ],
            ],
            "shapes": shapes,
        ]
        return try Catalog.compile(
            name: "test", json: JSON.write(model), paginators: nil, waiters: nil, endpointRules: nil)
    }

    private static let shapes: AWSValue = [
        "All": [
            "type": "structure",
            "members": [
                "Name": ["shape": "String"], "Count": ["shape": "Integer"], "Ratio": ["shape": "Double"],
                "On": ["shape": "Boolean"],
                "When": ["shape": "Timestamp"], "Data": ["shape": "Blob"], "Tags": ["shape": "Strings"],
                "Flat": ["shape": "FlatStrings"], "Map": ["shape": "Map"], "Inner": ["shape": "Inner"],
            ],
        ],
        "PutRequest": [
            "type": "structure", "required": ["Bucket", "Key"], "payload": "Doc",
            "members": [
                "Bucket": ["shape": "String", "location": "uri", "locationName": "bucket"],
                "Key": ["shape": "String", "location": "uri", "locationName": "key"],
                "Limit": ["shape": "Integer", "location": "querystring", "locationName": "limit"],
                "Marks": ["shape": "Strings", "location": "querystring", "locationName": "mark"],
                "Since": ["shape": "Timestamp", "location": "header", "locationName": "x-since"],
                "List": ["shape": "Strings", "location": "header", "locationName": "x-list"],
                "Headers": ["shape": "StringMap", "location": "headers", "locationName": "x-meta-"],
                "Doc": ["shape": "Inner"],
            ],
        ],
        "GoneException": [
            "type": "structure", "exception": true, "error": ["httpStatusCode": 410, "senderFault": true],
            "members": ["message": ["shape": "String"], "Where": ["shape": "String"]],
        ],
        "Inner": ["type": "structure", "members": ["Renamed": ["shape": "String", "locationName": "renamed"]]],
        "String": ["type": "string"], "Integer": ["type": "integer"], "Double": ["type": "double"],
        "Boolean": ["type": "boolean"], "Timestamp": ["type": "timestamp"], "Blob": ["type": "blob"],
        "Strings": ["type": "list", "member": ["shape": "String"]],
        "FlatStrings": ["type": "list", "flattened": true, "member": ["shape": "String"]],
        "Map": ["type": "map", "key": ["shape": "String"], "value": ["shape": "Integer"]],
        "StringMap": ["type": "map", "key": ["shape": "String"], "value": ["shape": "String"]],
    ]
}
