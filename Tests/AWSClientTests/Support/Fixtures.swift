import AWSModel
import AWSSigning
import Foundation
import Synchronization

@testable import AWSClient

/// A clock that does not wait: sleeping moves it on, and what was slept is kept.
final class FakeClock: ClientClock {
    private let state: Mutex<(now: Double, sleeps: [Double])>
    let jitter: Double

    init(now: Double = Date().timeIntervalSince1970, jitter: Double = 1) {
        state = Mutex((now, []))
        self.jitter = jitter
    }

    var now: Double { state.withLock { $0.now } }
    var random: Double { jitter }
    var sleeps: [Double] { state.withLock { $0.sleeps } }

    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        state.withLock {
            $0.now += seconds
            $0.sleeps.append(seconds)
        }
    }

    func advance(_ seconds: Double) { state.withLock { $0.now += seconds } }
}

/// A session that knows nothing of the machine it runs on.
func session(
    _ variables: [String: String] = [:], home: String = "/nonexistent", clock: any ClientClock = FakeClock(),
    prompt: (@Sendable (String) async throws -> String)? = nil
) -> AWSSession {
    var all = ["AWS_EC2_METADATA_DISABLED": "true"]
    all.merge(variables) { $1 }
    return AWSSession(
        environment: Environment(variables: all, home: home), transport: HTTPTransport(), clock: clock,
        promptForMFA: prompt)
}

/// A client with keys, for a server on loopback.
func client(
    _ service: String, _ server: TestServer, clock: any ClientClock = FakeClock(), variables: [String: String] = [:],
    _ change: (inout ClientConfiguration) -> Void = { _ in }
) throws -> AWSClient {
    var configuration = ClientConfiguration(
        session: session(
            ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_REGION": "eu-west-1"]
                .merging(variables) { $1 }, clock: clock))
    configuration.endpoint = server.url
    change(&configuration)
    return AWSClient(service: try Catalog.builtIn.open(service), configuration: configuration)
}

extension AWSClient {
    func call(_ name: String, _ input: AWSValue = [:], options: CallOptions = CallOptions()) async throws -> AWSResult {
        guard let operation = service.operation(name) else { throw CocoaError(.featureUnsupported) }
        return try await call(operation, input, options: options)
    }

    func failure(_ name: String, _ input: AWSValue = [:], options: CallOptions = CallOptions()) async -> AWSError? {
        do {
            _ = try await call(name, input, options: options)
            return nil
        } catch {
            return error as? AWSError
        }
    }

    func prepare(_ name: String, _ input: AWSValue = [:]) async throws -> PreparedRequest {
        guard let operation = service.operation(name) else { throw CocoaError(.featureUnsupported) }
        return try await prepare(operation, input)
    }
}

/// Answers one after the other; the last one for all that come later.
final class Script: Sendable {
    typealias Answer = @Sendable (TestRequest, TestConnection) -> Bool
    private let answers: Mutex<[Answer]>

    init(_ answers: [Answer]) { self.answers = Mutex(answers) }

    func answer(_ request: TestRequest, _ connection: TestConnection) -> Bool {
        let next = answers.withLock { answers in answers.count > 1 ? answers.removeFirst() : answers[0] }
        return next(request, connection)
    }

    static func json(
        _ status: Int = 200, _ body: String = "{}", headers: [String: String] = [:]
    ) -> Answer {
        { _, connection in
            connection.respond(
                status, headers: ["Content-Type": "application/x-amz-json-1.1"].merging(headers) { $1 }, body: body)
        }
    }

    static func error(_ code: String, _ status: Int = 400, headers: [String: String] = [:]) -> Answer {
        json(status, #"{"__type":"\#(code)","message":"says no"}"#, headers: headers)
    }

    static let close: Answer = { _, _ in false }
}

extension TestServer {
    static func scripted(_ answers: Script.Answer...) throws -> TestServer {
        let script = Script(answers)
        return try TestServer { request, connection in script.answer(request, connection) }
    }
}
