// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// Whether the socket has ever had a peer.
final class PeerWatch: Sendable {
    private let hasSeenOne = Mutex(false)

    /// A peer is there, or was.
    func sawOne() {
        hasSeenOne.withLock { $0 = true }
    }

    /// Waits for the first peer; false if there had been one before.
    func waitForFirst(_ patience: Patience) async throws -> Bool {
        guard !hasSeenOne.withLock({ $0 }) else { return false }
        patience.renew()
        while !hasSeenOne.withLock({ $0 }) {
            if let limit = patience.sending, patience.remaining(of: limit) == nil {
                throw ToolFailure.timedOut("timeout: expected a peer within \(limit.inSeconds), found none")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }
}
