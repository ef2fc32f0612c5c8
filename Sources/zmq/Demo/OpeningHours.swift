// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZeroMQ

/// When the server's workers take requests, and how long they take over them.
final class OpeningHours: Sendable {
    private enum Phase {
        /// Requests come, and every worker takes its time.
        case open
        /// No new requests are made: what is under way is worked off in haste.
        case lastOrders
        /// Nothing comes any more: workers finish what waits, and go home at this time whatever waits then.
        case closed(goHome: ContinuousClock.Instant)
    }

    private let phase = Mutex(Phase.open)

    /// The clients have stopped asking.
    func lastOrders() {
        phase.withLock { if case .open = $0 { $0 = .lastOrders } }
    }

    /// The clients are gone.
    func close() {
        phase.withLock { $0 = .closed(goHome: .now + .seconds(5)) }
    }

    /// Spends the time that real work would take.
    func pretendToWork() async throws {
        let isOpen = phase.withLock { if case .open = $0 { true } else { false } }
        try await Task.sleep(for: .milliseconds(Int.random(in: isOpen ? 1...1000 : 1...10)))
    }

    /// The next request; nil when the server has closed and nothing waits any more.
    func next<S: ReceivingSocket>(from socket: S) async throws -> S.Incoming? {
        while mayTakeMore {
            if let request = try await socket.receive(within: .milliseconds(100)) { return request }
            if isClosed { return nil }
        }
        return nil
    }

    private var isClosed: Bool {
        phase.withLock { if case .closed = $0 { true } else { false } }
    }

    private var mayTakeMore: Bool {
        phase.withLock { if case .closed(let goHome) = $0 { .now < goHome } else { true } }
    }
}
