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
        /// Messages that nobody has taken, once it has ended.
        var lost = 0
        var onEnd: (@Sendable (Int) -> Void)?
    }

    private let state: Mutex<State>
    private let name: String
    private let names: InprocRegistry
    private let pipe: Pipe
    /// What waits for a name to be bound is worth waiting for; so many greetings, or subscriptions, are not.
    private let uncounted: Int

    /// With `isAccepted` the other side is there already.
    init(_ name: String, _ names: InprocRegistry, _ pipe: Pipe, isAccepted: Bool, uncounted: Int = 0) {
        self.uncounted = uncounted
        self.state = Mutex(State(isAccepted: isAccepted))
        self.name = name
        self.names = names
        self.pipe = pipe
    }

    /// What to do when the pipe has ended, which may be so already: its socket knows the link before. The action is
    /// told how many messages nobody has taken.
    func whenEnded(_ action: @escaping @Sendable (Int) -> Void) {
        let lost = self.state.withLock { state -> Int? in
            if !state.hasEnded { state.onEnd = action }
            return state.hasEnded ? state.lost : nil
        }
        if let lost { action(lost) }
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
        let (isFirst, isAccepted, offer) = self.state.withLock { state in
            defer { state.hasEnded = true }
            return (!state.hasEnded, state.isAccepted, state.offer)
        }
        guard isFirst else { return }
        self.pipe.direct?.closeRun()
        let signal = self.pipe.direct?.end() ?? .none
        // An offer that cannot be withdrawn is being taken.
        let isTaken = isAccepted || offer.map { !self.names.withdraw($0, from: self.name) } ?? false
        let lost = isTaken ? 0 : self.waiting
        let onEnd = self.state.withLock { state in
            state.lost = lost
            defer { state.onEnd = nil }
            return state.onEnd
        }
        signal.deliver()
        onEnd?(lost)
    }
}
