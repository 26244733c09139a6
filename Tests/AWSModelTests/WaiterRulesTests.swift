import Testing

@testable import AWSModel

@Suite struct WaiterRulesTests {
    /// A waiter with these acceptors, given as the published models write them.
    private func rules(_ acceptors: String) throws -> WaiterRules {
        let json = #"{"metadata": {"protocol": "json"}, "operations": {"Get": {}}}"#
        let waiters = """
            {"waiters": {"ItIsSo": {"operation": "Get", "delay": 3, "maxAttempts": 5, "acceptors": [\(acceptors)]}}}
            """
        let service = try Catalog.compile(name: "x", json: Array(json.utf8), waiters: Array(waiters.utf8))
        return try WaiterRules(try #require(service.waiter("it_is_so")))
    }

    private func acceptor(_ state: String, _ matcher: String, _ expected: String, _ argument: String? = nil) -> String {
        let argument = argument.map { ", \"argument\": \"\($0)\"" } ?? ""
        return #"{"state": "\#(state)", "matcher": "\#(matcher)", "expected": \#(expected)\#(argument)}"#
    }

    @Test func readsTheModel() throws {
        let waiter = try #require(try Catalog.builtIn.open("ec2").waiter("InstanceRunning"))
        #expect(waiter == (try Catalog.builtIn.open("ec2").waiter("instance_running")))
        #expect(waiter.operation == "DescribeInstances" && waiter.delay == 15 && waiter.maxAttempts == 40)
        #expect(waiter.acceptors.first?.matcher == .pathAll)
        #expect(try Catalog.builtIn.open("codedeploy").waiterNames == ["deployment_successful"])
        #expect(try Catalog.builtIn.open("codepipeline").waiterNames.isEmpty)
    }

    @Test func path() throws {
        let rules = try rules(
            acceptor("success", "path", "\"ok\"", "State") + "," + acceptor("failure", "path", "0", "N"))
        #expect(try rules.verdict(on: .output(["State": "ok"], status: 200)) == .success)
        #expect(try rules.verdict(on: .output(["State": "no"], status: 200)) == .retry)
        #expect(try rules.verdict(on: .output(["N": 0], status: 200)) == .failure(reason: "\"N\" is 0"))
        #expect(try rules.verdict(on: .output(["N": false], status: 200)) == .retry)
        // An answer that is an error is never searched.
        #expect(try rules.verdict(on: .error(code: "ok", status: 400)) == .unexpectedError)
    }

    @Test func pathAllAndAny() throws {
        let all = try rules(acceptor("success", "pathAll", "\"ok\"", "L[].S"))
        #expect(try all.verdict(on: .output(["L": [["S": "ok"], ["S": "ok"]]], status: 200)) == .success)
        #expect(try all.verdict(on: .output(["L": [["S": "ok"], ["S": "no"]]], status: 200)) == .retry)
        #expect(try all.verdict(on: .output(["L": []], status: 200)) == .retry)
        #expect(try all.verdict(on: .output(["L": "ok"], status: 200)) == .retry)
        #expect(try all.verdict(on: .output([:], status: 200)) == .retry)
        let any = try rules(acceptor("failure", "pathAny", "\"bad\"", "L[].S"))
        #expect(
            try any.verdict(on: .output(["L": [["S": "ok"], ["S": "bad"]]], status: 200))
                == .failure(reason: "\"L[].S\" holds \"bad\""))
        #expect(try any.verdict(on: .output(["L": []], status: 200)) == .retry)
    }

    @Test func statusAndErrors() throws {
        let rules = try rules(
            [
                acceptor("success", "error", "\"Gone\""), acceptor("retry", "status", "404"),
                acceptor("failure", "status", "403"),
            ].joined(separator: ","))
        #expect(try rules.verdict(on: .error(code: "Gone", status: 404)) == .success)
        #expect(try rules.verdict(on: .error(code: "Other", status: 404)) == .retry)
        #expect(try rules.verdict(on: .error(code: "X", status: 403)) == .failure(reason: "the HTTP status is 403"))
        #expect(try rules.verdict(on: .error(code: "X", status: 500)) == .unexpectedError)
        #expect(try rules.verdict(on: .output([:], status: 200)) == .retry)
    }

    @Test func anyErrorAndNoError() throws {
        let rules = try rules(acceptor("failure", "error", "true") + "," + acceptor("success", "error", "false"))
        #expect(try rules.verdict(on: .error(code: "X", status: 400)) == .failure(reason: "the error is X"))
        #expect(try rules.verdict(on: .output([:], status: 200)) == .success)
    }

    @Test func theFirstAcceptorThatMatchesDecides() throws {
        let rules = try rules(acceptor("retry", "path", "true", "A") + "," + acceptor("failure", "path", "true", "B"))
        #expect(try rules.verdict(on: .output(["A": true, "B": true], status: 200)) == .retry)
    }
}
