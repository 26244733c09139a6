import AWSModel

/// Test reports: the files that the buildspec names, read into a report of its group.
extension BuildRun {
    /// Returns why the build fails: a report that it may not make.
    func uploadReports() -> Failure? {
        var refused: Failure?
        for report in spec.reports {
            log.container("Preparing to copy TEST report \(report.group)")
            do {
                try upload(report)
            } catch let error as ServiceError {
                log.container("Unable to create the report \(report.group): \(error.message)")
                let message = "Error in UPLOAD_ARTIFACTS phase: [\(report.group): [\(error.message)]]"
                refused = refused ?? Failure("CLIENT_ERROR", message)
            } catch {
                log.container("Unable to create the report \(report.group): \(error)")
            }
        }
        return refused
    }

    private func upload(_ spec: BuildSpec.Report) throws {
        guard let record, let role else { return }
        let name =
            spec.group.hasPrefix("arn:")
            ? spec.group.split(separator: "/").last.map(String.init) ?? "" : "\(record.project)-\(spec.group)"
        let groupARN = "arn:aws:codebuild:\(region):\(account):report-group/\(name)"
        if service.groups[account, region, name] == nil {
            try cloud.iam.authorize(role, action: "codebuild:CreateReportGroup", resource: groupARN)
        }
        for action in ["codebuild:CreateReport", "codebuild:UpdateReport", "codebuild:BatchPutTestCases"] {
            try cloud.iam.authorize(role, action: action, resource: groupARN)
        }
        let now = cloud.clock.now
        let group = service.ensureGroup(name, account, region)
        var report = ReportRecord(
            id: "\(name):\(Identifier.uuid())", group: name,
            build: "arn:aws:codebuild:\(region):\(account):build/\(id)",
            status: "GENERATING", created: now, expires: now + 30 * 86400, exportConfig: group.exportConfig)
        let (cases, problems) = read(spec)
        report.cases = cases
        report.status =
            problems || cases.isEmpty
            ? "INCOMPLETE" : cases.contains { $0.status == .failed || $0.status == .error } ? "FAILED" : "SUCCEEDED"
        service.reports[account, region, report.id] = report
        update { $0.reportARNs.append(report.arn(account: account, region: region)) }
        log.container("Successfully processed \(cases.count) test case(s) of report \(name): \(report.status)")
    }

    private func read(_ spec: BuildSpec.Report) -> (cases: [ParsedTestCase], hasProblems: Bool) {
        guard let format = TestReportFormat(rawValue: spec.fileFormat), let base = inside(spec.baseDirectory ?? ".")
        else {
            log.container("no matching base directory path found for \(spec.baseDirectory ?? ".")")
            return ([], true)
        }
        let patterns = spec.files.map(PathPattern.init)
        var cases: [ParsedTestCase] = []
        var hasProblems = false
        for file in BundleFiles.files(below: base) where patterns.contains(where: { $0.matches(file) }) {
            // Links are not followed: a report is what the build wrote.
            guard let path = SafePath.existing(file, below: base) else { continue }
            guard let bytes = BundleFiles.read(path, limit: 20 << 20) else {
                // Also what is no file: a pipe, a socket.
                guard (try? BundleFiles.size(path)) ?? 0 > 20 << 20 else { continue }
                log.container("The report file \(file) is larger than 20 MB")
                hasProblems = true
                continue
            }
            do {
                cases += try TestReport.parse(bytes, format: format).map { test in
                    var test = test
                    test.message = log.masked(test.message)
                    return test
                }
            } catch let error as TestReportError {
                log.container("The report file \(file) is not \(spec.fileFormat): \(error.message)")
                hasProblems = true
            } catch {
                hasProblems = true
            }
        }
        if cases.isEmpty, !hasProblems {
            log.container("No matching report paths found for \(spec.files.joined(separator: ", "))")
        }
        return (Array(cases.prefix(500 * 20)), hasProblems)
    }
}
