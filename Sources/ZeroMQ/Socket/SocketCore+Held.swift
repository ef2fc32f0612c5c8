// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

// Answers that leave together; see `HeldBack`.

extension SocketCore {
    /// How often the loop looks for what a task has left lying.
    private static var glance: TimeAmount { .milliseconds(1) }

    /// Sees to it that what is held leaves, whatever the application does.
    func watchHeld() {
        guard self.loop.inEventLoop else { return self.lookAtHeld(after: nil) }
        // Behind the task that runs.
        self.loop.execute {
            self.state.withLock { $0.held.isWatched = false }
            self.releaseHeld()
        }
    }

    /// Looks in a while, and again as long as something was held meanwhile.
    private func lookAtHeld(after number: UInt?) {
        // Nil if the socket is closed, which lets everything leave.
        _ = self.startTimer(in: Self.glance) {
            let held = self.state.withLock { state -> UInt? in
                if state.held.isEmpty, state.held.number == number { state.held.isWatched = false }
                return state.held.isWatched ? state.held.number : nil
            }
            guard let held else { return }
            if held == number { self.releaseHeld(isLate: true) }
            self.lookAtHeld(after: held)
        }
    }

    /// There may be enough to let it leave.
    @inline(never)
    func endPiece() {
        let onLoop = self.loop.inEventLoop
        if self.state.withLock({ $0.held.isEnough(onLoop: onLoop) }) { self.releaseHeld() }
    }

    private func releaseHeld(isLate: Bool = false) {
        var signals = SignalList()
        self.state.withLock { $0.releaseHeld(&signals, isLate: isLate) }
        signals.deliver()
    }
}

extension SocketCore.State {
    /// What is being sent answers one of several messages that came together, so that more will follow at once.
    @inline(__always)
    var mayHold: Bool {
        guard P.answers, self.held.isAllowed else { return false }
        if self.turn.isLong { return true }
        guard self.turn.isShort, let peer = self.pattern.source else { return false }
        return !self.slots[peer].local.isEmpty
    }

    mutating func releaseHeld(_ signals: inout SignalList, isLate: Bool = false) {
        guard !self.held.isEmpty else { return }
        // The thread that answers writes to one peer itself; to write to many is the loop's, beside it.
        let isOne = self.held.peers.count == 1
        for peer in self.held.peers where self.slots[peer].outgoing.releaseHold() {
            guard let transport = self.slots[peer].transport else { continue }
            signals.add(isOne ? .write(transport) : .flush(transport))
        }
        self.held.clear(at: .now(), isLate: isLate)
    }
}
