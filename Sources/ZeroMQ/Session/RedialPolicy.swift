// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// Decides whether and when one endpoint is dialled again.
package struct RedialPolicy: Sendable {
    /// What the last attempt came to.
    package enum Ending: Sendable, Hashable, CaseIterable {
        /// Nobody listens there.
        case refused
        /// There was no connection for another reason.
        case unreachable
        case handshakeFailed
        /// A connection that was ready has ended.
        case disconnected
    }

    private let delays: ReconnectPolicy?
    private let stop: ReconnectStop
    /// Waits since the last handshake.
    private var retries = 0
    /// Attempts since the last handshake. The first one after it has a wait before it too, the very first one has none.
    private var attempts = 0
    private var isUnwanted = false

    package init(_ delays: ReconnectPolicy?, stop: ReconnectStop) {
        self.delays = delays
        self.stop = stop
    }

    /// An attempt begins; its number since the last handshake, from 1.
    package mutating func beginAttempt() -> Int {
        self.attempts += 1
        return self.attempts
    }

    /// Delays begin anew.
    package mutating func handshakeSucceeded() {
        self.retries = 0
        self.attempts = 0
    }

    /// The application has disconnected the endpoint. True if it is given up at once unless it is connected.
    package mutating func disconnect() -> Bool {
        self.isUnwanted = true
        return self.stop.contains(.afterDisconnect)
    }

    /// The wait before the next attempt; nil if there is none.
    package mutating func delay(after ending: Ending, random: Double) -> Duration? {
        guard let delays = self.delays, !self.stops(after: ending) else { return nil }
        self.retries += 1
        return delays.delay(attempt: self.retries, random: random)
    }

    private func stops(after ending: Ending) -> Bool {
        if self.isUnwanted, self.stop.contains(.afterDisconnect) { return true }
        switch ending {
        case .refused: return self.stop.contains(.connectionRefused)
        case .handshakeFailed: return self.stop.contains(.handshakeFailed)
        case .unreachable, .disconnected: return false
        }
    }
}
