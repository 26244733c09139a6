import AWSModel

struct ReportGroupRecord: Codable, Sendable {
    var name: String
    var type: String
    var exportConfig: AWSValue
    var created: Double
    var modified: Double
    var tags: AWSValue

    func arn(account: String, region: String) -> String {
        "arn:aws:codebuild:\(region):\(account):report-group/\(name)"
    }
}

struct ReportRecord: Codable, Sendable {
    /// "GROUP:UUID"
    var id: String
    var group: String
    /// The build's ARN.
    var build: String
    var status: String
    var created: Double
    var expires: Double
    var exportConfig: AWSValue
    var cases: [ParsedTestCase] = []

    func arn(account: String, region: String) -> String { "arn:aws:codebuild:\(region):\(account):report/\(id)" }
}

/// Report groups, reports and test cases.
extension CodeBuildService {
    /// The group of a build's report, made when there is none.
    func ensureGroup(_ name: String, _ account: String, _ region: String) -> ReportGroupRecord {
        if let group = groups[account, region, name] { return group }
        let now = cloud.clock.now
        let group = ReportGroupRecord(
            name: name, type: "TEST", exportConfig: ["exportConfigType": "NO_EXPORT"], created: now, modified: now,
            tags: [])
        groups[account, region, name] = group
        return group
    }

    private func value(_ group: ReportGroupRecord, _ context: CallContext) -> AWSValue {
        [
            "arn": .string(group.arn(account: context.account, region: context.region)), "name": .string(group.name),
            "type": .string(group.type), "exportConfig": group.exportConfig, "created": .timestamp(group.created),
            "lastModified": .timestamp(group.modified), "tags": group.tags, "status": "ACTIVE",
        ]
    }

    private func name(_ arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }

    /// - Throws: ``ServiceError`` for what is no ARN of this kind of resource: "report" or "report-group".
    private func arn(in input: AWSValue, _ member: String, of kind: String) throws(ServiceError) -> String {
        let arn = try input.require(member, code: "InvalidInputException")
        let parts = arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "codebuild", parts[5].hasPrefix(kind + "/"),
            parts[5].count > kind.count + 1
        else { throw Self.invalid("Invalid \(kind == "report" ? "report" : "report group") ARN: \(arn)") }
        return arn
    }

    func createReportGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let name = try input.require("name", code: "InvalidInputException")
        guard groups[context.account, context.region, name] == nil else {
            throw ServiceError("ResourceAlreadyExistsException", "Report group already exists: \(name)")
        }
        try ProjectRules.checkExport(input["exportConfig"])
        try ProjectRules.checkTags(input["tags"])
        let now = cloud.clock.now
        let group = ReportGroupRecord(
            name: name, type: input["type"]?.string ?? "TEST",
            exportConfig: input["exportConfig"] ?? ["exportConfigType": "NO_EXPORT"], created: now, modified: now,
            tags: input["tags"] ?? [])
        groups[context.account, context.region, name] = group
        return ["reportGroup": value(group, context)]
    }

    private func group(_ arn: String, _ context: CallContext) throws(ServiceError) -> ReportGroupRecord {
        guard let group = groups[context.account, context.region, name(arn)] else {
            throw ServiceError("ResourceNotFoundException", "Report group does not exist: \(arn)")
        }
        return group
    }

    func updateReportGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var group = try group(try arn(in: input, "arn", of: "report-group"), context)
        try ProjectRules.checkExport(input["exportConfig"])
        try ProjectRules.checkTags(input["tags"])
        if let export = input["exportConfig"] { group.exportConfig = export }
        if let tags = input["tags"] { group.tags = tags }
        group.modified = cloud.clock.now
        groups[context.account, context.region, group.name] = group
        return ["reportGroup": value(group, context)]
    }

    /// No error for a group that is not there; refused while it has reports, unless they are to go too.
    func deleteReportGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try arn(in: input, "arn", of: "report-group")
        let reports = reports(ofGroup: name(arn), context)
        guard reports.isEmpty || input["deleteReports"]?.bool == true else {
            throw Self.invalid(
                "Report group \(arn) has \(reports.count) report(s); delete them first or set deleteReports")
        }
        for report in reports { self.reports[context.account, context.region, report.id] = nil }
        groups[context.account, context.region, name(arn)] = nil
        return [:]
    }

    private func reports(ofGroup name: String, _ context: CallContext) -> [ReportRecord] {
        reports.all(account: context.account, region: context.region).filter { $0.group == name }.sorted {
            $0.created < $1.created
        }
    }

    func batchGetReportGroups(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arns = input["reportGroupArns"]?.strings ?? []
        let found = arns.compactMap { groups[context.account, context.region, name($0)] }
        let missing = arns.filter { groups[context.account, context.region, name($0)] == nil }
        return [
            "reportGroups": .list(found.map { value($0, context) }),
            "reportGroupsNotFound": .list(missing.map(AWSValue.string)),
        ]
    }

    func listReportGroups(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arns = groups.all(account: context.account, region: context.region).map {
            AWSValue.string($0.arn(account: context.account, region: context.region))
        }
        return try page(arns, "reportGroups", input, descending: input["sortOrder"]?.string == "DESCENDING")
    }

    private func list(_ reports: [ReportRecord], _ input: AWSValue, _ context: CallContext) throws -> AWSValue {
        let status = input["filter"]?["status"]?.string
        let arns = reports.filter { status == nil || $0.status == status }.map {
            AWSValue.string($0.arn(account: context.account, region: context.region))
        }
        return try page(arns, "reports", input, descending: input["sortOrder"]?.string != "ASCENDING")
    }

    func listReports(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let all = reports.all(account: context.account, region: context.region).sorted { $0.created < $1.created }
        return try list(all, input, context)
    }

    func listReportsForGroup(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let group = try group(try arn(in: input, "reportGroupArn", of: "report-group"), context)
        return try list(reports(ofGroup: group.name, context), input, context)
    }

    func batchGetReports(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        var found: [AWSValue] = []
        var missing: [AWSValue] = []
        for arn in input["reportArns"]?.strings ?? [] {
            if let report = reports[context.account, context.region, name(arn)] {
                found.append(value(report, context))
            } else {
                missing.append(.string(arn))
            }
        }
        return ["reports": .list(found), "reportsNotFound": .list(missing)]
    }

    private func value(_ report: ReportRecord, _ context: CallContext) -> AWSValue {
        var counts: AWSMap = [:]
        for status in ["SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN"] {
            counts[status] = .integer(Int64(report.cases.filter { $0.status.rawValue == status }.count))
        }
        return [
            "arn": .string(report.arn(account: context.account, region: context.region)), "type": "TEST",
            "name": .string(report.id.split(separator: ":").last.map(String.init) ?? report.id),
            "reportGroupArn": .string(
                "arn:aws:codebuild:\(context.region):\(context.account):report-group/\(report.group)"),
            "executionId": .string(report.build), "status": .string(report.status),
            "created": .timestamp(report.created),
            "expired": .timestamp(report.expires), "exportConfig": report.exportConfig, "truncated": false,
            "testSummary": [
                "total": .integer(Int64(report.cases.count)), "statusCounts": .map(counts),
                "durationInNanoSeconds": .integer(report.cases.reduce(0) { $0 &+ $1.nanoseconds }),
            ],
        ]
    }

    func deleteReport(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        reports[context.account, context.region, name(try arn(in: input, "arn", of: "report"))] = nil
        return [:]
    }

    func describeTestCases(_ input: AWSValue, _ context: CallContext) async throws -> AWSValue {
        let arn = try arn(in: input, "reportArn", of: "report")
        guard let report = reports[context.account, context.region, name(arn)] else {
            throw ServiceError("ResourceNotFoundException", "Report does not exist: \(arn)")
        }
        let status = input["filter"]?["status"]?.string
        let keyword = input["filter"]?["keyword"]?.string
        let cases = report.cases.filter { test in
            (status == nil || test.status.rawValue == status)
                && (keyword == nil || test.name.contains(keyword ?? "") || test.prefix.contains(keyword ?? ""))
        }
        let values = cases.map { test -> AWSValue in
            [
                "reportArn": .string(arn), "testRawDataPath": "", "prefix": .string(test.prefix),
                "name": .string(test.name),
                "status": .string(test.status.rawValue), "durationInNanoSeconds": .integer(test.nanoseconds),
                "message": .string(test.message), "expired": .timestamp(report.expires),
                "testSuiteName": .string(test.prefix),
            ]
        }
        return try page(values, "testCases", input, descending: false)
    }
}
