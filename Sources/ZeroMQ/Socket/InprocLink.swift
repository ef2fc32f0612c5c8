// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

/// One side of an inproc pipe: what was sent is with the other side at once, so there is nothing to drain, unless
/// nobody has bound the name yet.
///
/// Isolation: its own lock.
final class InprocLink: PeerLink {
    private struct State: Sendable {
        /// The registry's number for an offer that nobody has taken.
        var offer: UInt64?
        /// The offer was taken, which may be known before its number is.
        var isAccepted = false
        var isDraining = false
        var hasEnded = false
        var onEnd: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let name: String
    private let names: InprocRegistry
    private let pipe: Pipe
    /// What waits for a name to be bound is worth waiting for; so many greetings, or subscriptions, are not.
    private let uncounted: Int

    init(_ name: String, _ names: InprocRegistry, _ pipe: Pipe, uncounted: Int = 0) {
        self.uncounted = uncounted
        self.name = name
        self.names = names
        self.pipe = pipe
    }

    /// What to do when the pipe has ended, which may be so already: its socket knows the link before.
    func whenEnded(_ action: @escaping @Sendable () -> Void) {
        let hasEnded = self.state.withLock { state in
            if !state.hasEnded { state.onEnd = action }
            return state.hasEnded
        }
        if hasEnded { action() }
    }

    /// The offer waits under this number.
    func waits(_ number: UInt64) {
        let hasEnded = self.state.withLock { state in
            if !state.isAccepted { state.offer = number }
            return state.hasEnded
        }
        if hasEnded { _ = self.names.withdraw(number, from: self.name) }
    }

    /// The offer was taken; what was queued is with the binder.
    func accepted() {
        let isDraining = self.state.withLock { state in
            state.offer = nil
            state.isAccepted = true
            return state.isDraining
        }
        if isDraining { self.end() }
    }

    func drain() {
        let mustWait = self.state.withLock { state in
            state.isDraining = true
            return state.offer != nil && self.waiting > 0
        }
        if !mustWait { self.end() }
    }

    func abort() {
        self.end()
    }

    /// How many messages nobody will get.
    var unsent: Int {
        self.state.withLock { $0.offer == nil ? 0 : self.waiting }
    }

    private var waiting: Int { max(0, (self.pipe.direct?.count ?? 0) - self.uncounted) }

    private func end() {
        let (isFirst, offer, onEnd) = self.state.withLock { state in
            defer {
                state.hasEnded = true
                state.onEnd = nil
            }
            return (!state.hasEnded, state.offer, state.onEnd)
        }
        guard isFirst else { return }
        if let offer { _ = self.names.withdraw(offer, from: self.name) }
        self.pipe.direct?.end().deliver()
        onEnd?()
    }
}
