import LocalCloud
import Testing

@Suite struct ClockTests {
    @Test func aManualClockWakesThoseWhoseTimeHasComeAndNobodyElse() async throws {
        let clock = CloudClock(.manual)
        let start = clock.now
        let (woken, continuation) = AsyncStream<Int>.makeStream()
        let sleepers = [30, 10, 20].map { seconds in
            Task {
                try await clock.sleep(aws: Double(seconds))
                continuation.yield(seconds)
            }
        }
        while clock.sleeperCount < 3 { await Task.yield() }
        for (step, sleeper, left) in [(10.0, 1, 2), (9.5, nil, 2), (0.5, 2, 1), (10, 0, 0)] as [(Double, Int?, Int)] {
            await clock.advance(by: step)
            if let sleeper { try await sleepers[sleeper].value }
            #expect(clock.sleeperCount == left)
        }
        continuation.finish()
        var order: [Int] = []
        for await seconds in woken { order.append(seconds) }
        #expect(order == [10, 20, 30])
        #expect(clock.now - start >= 30)
    }

    @Test func realTimeReachesNoNextMinuteOnAManualClock() async throws {
        let clock = CloudClock(.manual)
        let start = clock.now
        #expect(start.truncatingRemainder(dividingBy: 60) < 1)
        try await Task.sleep(nanoseconds: 20_000_000)
        // Later all the same, so that what happens is stamped in its order.
        #expect(clock.now > start && clock.now < start + 1)
    }

    @Test func aCancelledSleeperEnds() async throws {
        let clock = CloudClock(.manual)
        let sleeper = Task { try await clock.sleep(limit: 1000) }
        while clock.sleeperCount < 1 { await Task.yield() }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func aFastClockShortensAWSsOwnWaitsOnly() {
        let fast = CloudClock(.fast)
        #expect(fast.duration(aws: 300) == 3)
        #expect(fast.duration(aws: 7 * 86400) == 60)
        #expect(CloudClock(.real).duration(aws: 300) == 300)
    }
}
