// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization

/// How long a peer may let nothing happen, with `--timeout` or a socket's own time limits.
///
/// Any message received or sent shows that the peer is alive. While the tool is busy with itself (waiting for its own
/// input, or for the time between two messages) the peer is not to blame and no time counts.
final class Patience: Sendable {
    private struct State {
        var quietSince: ContinuousClock.Instant
        var isBusy = false
    }

    /// The limit while receiving; nil means for ever.
    let receiving: Duration?
    /// The limit while sending; nil means for ever.
    let sending: Duration?

    private let state = Mutex(State(quietSince: .now))

    init(receiving: Duration?, sending: Duration?) {
        self.receiving = receiving
        self.sending = sending
    }

    /// The peer has let something happen, or is asked only from now on.
    func renew() {
        state.withLock { $0.quietSince = .now }
    }

    /// Does something that no peer is to blame for.
    func whileBusy<Result>(_ work: () async throws -> Result) async rethrows -> Result {
        state.withLock { $0.isBusy = true }
        defer { state.withLock { $0 = State(quietSince: .now) } }
        return try await work()
    }

    /// What is left of a limit; nothing if the peer has used it up.
    func remaining(of limit: Duration) -> Duration? {
        let state = state.withLock { $0 }
        if state.isBusy { return limit }
        let remaining = limit - (.now - state.quietSince)
        return remaining > .zero ? remaining : nil
    }
}
