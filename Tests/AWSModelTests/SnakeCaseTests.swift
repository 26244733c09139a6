import Testing

@testable import AWSModel

@Suite struct SnakeCaseTests {
    @Test(arguments: [
        ("ListPipelines", "list_pipelines"), ("GetCallerIdentity", "get_caller_identity"),
        ("PutS3Object", "put_s3_object"), ("ListObjectsV2", "list_objects_v2"),
        ("CreateDBInstance", "create_db_instance"), ("GetSAMLProvider", "get_saml_provider"),
        ("ListWebACLs", "list_web_acls"), ("GetReservedNodeExchangeOfferings", "get_reserved_node_exchange_offerings"),
        ("DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes"),
        ("ListHITsForQualificationType", "list_hits_for_qualification_type"), ("ListHITs", "list_hits"),
        ("ExecutePartiQLStatement", "execute_partiql_statement"),
        ("SendWhatsAppMessage", "send_whatsapp_message"), ("StartOTelEnrichment", "start_otel_enrichment"),
        ("already_snake", "already_snake"), ("A", "a"), ("", ""), ("IDs", "_ids"), ("HTTPServer2Go", "http_server2_go"),
    ])
    func followsBotocore(published: String, snake: String) {
        #expect(SnakeCase.name(published) == snake)
    }

    /// Two operations of one service that came to the same name could not both be called.
    @Test func namesAreDifferentWithinEveryService() throws {
        for name in Catalog.builtIn.serviceNames {
            let service = try Catalog.builtIn.open(name)
            for published in service.operationNames {
                let operation = try #require(service.operation(published))
                #expect(service.operation(snakeCase: operation.snakeName) == operation, "\(name) \(published)")
            }
        }
    }
}
