// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Reconnect policy")
struct ReconnectPolicyTests {
    @Test(
        "doubles the wait up to the longest",
        arguments: [
            (Int.min, 100), (0, 100), (1, 100), (2, 200), (3, 400), (4, 800), (8, 12_800), (9, 25_600),
            (10, 30_000), (11, 30_000), (1_000_000, 30_000), (Int.max, 30_000),
        ]
    )
    func doubling(attempt: Int, milliseconds: Int) {
        let policy = ReconnectPolicy(jitter: .none)
        #expect(policy.delay(attempt: attempt, random: 0.5) == .milliseconds(milliseconds))
    }

    @Test("spreads the wait evenly between one millisecond and the limit")
    func fullJitter() {
        let policy = ReconnectPolicy(initialDelay: .milliseconds(101), maxDelay: .milliseconds(201))
        #expect(policy.delay(attempt: 1, random: 0) == .milliseconds(1))
        #expect(policy.delay(attempt: 1, random: 0.25) == .milliseconds(26))
        #expect(policy.delay(attempt: 1, random: 0.5) == .milliseconds(51))
        #expect(policy.delay(attempt: 9, random: 0) == .milliseconds(1))
        #expect(policy.delay(attempt: 9, random: 0.75) == .milliseconds(151))
        #expect(policy.delay(attempt: 9, random: 1.0.nextDown) <= .milliseconds(201))
    }

    @Test("adds up to the first wait to each, as libzmq does without a longest one", arguments: [1, 2, 9])
    func addedJitter(attempt: Int) {
        let policy = ReconnectPolicy(initialDelay: .milliseconds(100), maxDelay: .milliseconds(100), jitter: .added)
        #expect(policy.delay(attempt: attempt, random: 0) == .milliseconds(100))
        #expect(policy.delay(attempt: attempt, random: 0.25) == .milliseconds(125))
        #expect(policy.delay(attempt: attempt, random: 1.0.nextDown) <= .milliseconds(200))
        let longest = Duration(attoseconds: .max)
        let endless = ReconnectPolicy(initialDelay: longest, maxDelay: longest, jitter: .added)
        #expect(endless.delay(attempt: 1, random: 0.5) == longest)
    }

    @Test("stays at the first wait when the longest is shorter", arguments: [1, 2, 50, Int.max])
    func unsetMaximum(attempt: Int) {
        let policy = ReconnectPolicy(initialDelay: .milliseconds(100), maxDelay: .milliseconds(99), jitter: .none)
        #expect(policy.delay(attempt: attempt, random: 0) == .milliseconds(100))
    }

    @Test(
        "never waits less than a millisecond",
        arguments: [Duration.zero, .nanoseconds(1), .seconds(-5), .milliseconds(1)],
        [ReconnectPolicy.Jitter.none, .full]
    )
    func minimum(initial: Duration, jitter: ReconnectPolicy.Jitter) {
        let policy = ReconnectPolicy(initialDelay: initial, maxDelay: .zero, jitter: jitter)
        for random in [0, 0.5, 1.0.nextDown] {
            #expect(policy.delay(attempt: 1, random: random) == .milliseconds(1))
            #expect(policy.delay(attempt: .max, random: random) == .milliseconds(1))
        }
    }

    @Test("grows from nothing when only the longest wait is given")
    func fromZero() {
        let policy = ReconnectPolicy(initialDelay: .zero, maxDelay: .milliseconds(5), jitter: .none)
        let waits = (1...5).map { policy.delay(attempt: $0, random: 0) }
        #expect(waits == [1, 2, 4, 5, 5].map { .milliseconds($0) })
    }

    @Test("does not overflow with the longest duration there is")
    func extremes() {
        let longest = Duration(attoseconds: .max)
        let policy = ReconnectPolicy(initialDelay: .milliseconds(1), maxDelay: longest, jitter: .none)
        #expect(policy.delay(attempt: .max, random: 0) == longest)
        let random = ReconnectPolicy(initialDelay: longest, maxDelay: longest)
        #expect(random.delay(attempt: 1, random: 1.0.nextDown) <= longest)
    }

    @Test("takes the limit when the random number is out of range", arguments: [-0.1, 1, .nan, .infinity])
    func randomOutOfRange(random: Double) {
        #expect(ReconnectPolicy().delay(attempt: 1, random: random) == .milliseconds(100))
    }
}
