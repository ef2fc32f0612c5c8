// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Whether an endpoint is dialled again")
struct RedialPolicyTests {
    typealias Ending = RedialPolicy.Ending

    private static let delays = ReconnectPolicy(
        initialDelay: .milliseconds(10), maxDelay: .milliseconds(40), jitter: .none)

    @Test("always by default, whatever the last attempt came to", arguments: Ending.allCases)
    func always(ending: Ending) {
        var redial = RedialPolicy(Self.delays, stop: [])
        let waits = (1...4).map { _ in redial.delay(after: ending, random: 0) }
        #expect(waits == [10, 20, 40, 40].map { .milliseconds($0) })
    }

    @Test("never without a policy", arguments: Ending.allCases)
    func never(ending: Ending) {
        var redial = RedialPolicy(nil, stop: [])
        #expect(redial.delay(after: ending, random: 0) == nil)
    }

    @Test("with the first wait after a handshake")
    func startsOver() {
        var redial = RedialPolicy(Self.delays, stop: [])
        for _ in 1...3 { _ = redial.delay(after: .refused, random: 0) }
        redial.handshakeSucceeded()
        #expect(redial.delay(after: .disconnected, random: 0) == .milliseconds(10))
    }

    @Test("with attempts that count from 1 since the last handshake")
    func attempts() {
        var redial = RedialPolicy(Self.delays, stop: [])
        #expect(redial.beginAttempt() == 1)
        for number in 2...4 {
            _ = redial.delay(after: .refused, random: 0)
            #expect(redial.beginAttempt() == number)
        }
        redial.handshakeSucceeded()
        _ = redial.delay(after: .disconnected, random: 0)
        #expect(redial.beginAttempt() == 1)
    }

    @Test(
        "not after what ZMQ_RECONNECT_STOP names",
        arguments: [
            (ReconnectStop.connectionRefused, [Ending.refused]), (.handshakeFailed, [.handshakeFailed]),
            (.afterDisconnect, []), ([.connectionRefused, .handshakeFailed], [.refused, .handshakeFailed]),
        ] as [(ReconnectStop, [Ending])])
    func stops(stop: ReconnectStop, endings: [Ending]) {
        for ending in Ending.allCases {
            var redial = RedialPolicy(Self.delays, stop: stop)
            #expect((redial.delay(after: ending, random: 0) == nil) == endings.contains(ending), "\(ending)")
        }
    }

    @Test("after disconnecting only if it is not to stop then", arguments: Ending.allCases)
    func afterDisconnect(ending: Ending) {
        var lingering = RedialPolicy(Self.delays, stop: [])
        #expect(lingering.disconnect() == false)
        #expect(lingering.delay(after: ending, random: 0) != nil)
        var stopping = RedialPolicy(Self.delays, stop: .afterDisconnect)
        #expect(stopping.disconnect() == true)
        #expect(stopping.delay(after: ending, random: 0) == nil)
    }

    @Test("with libzmq's numbers")
    func bits() {
        #expect(ReconnectStop.connectionRefused.rawValue == 1)
        #expect(ReconnectStop.handshakeFailed.rawValue == 2)
        #expect(ReconnectStop.afterDisconnect.rawValue == 4)
    }
}
