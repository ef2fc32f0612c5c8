// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore

// Many messages to one peer, one after the other: who sends them writes each segment that is full, and the loop looks
// every millisecond for what does not fill one. Before, the sender's thread encoded for the loop's to write; each took
// the other's lock and cache, and woke it when the queue was full or empty (benchmark row PUSH/PULL, 1 KiB).

extension Session {
    private static let glance = TimeAmount.milliseconds(1)

    /// A segment was full before it was taken.
    func expectFlood() {
        guard self.flood == nil, self.allowsDirectWriting != false, let end = self.end,
            let state = end.owner.setFlooded(false, of: end.peer)
        else { return }
        self.allowDirectWriting()
        guard self.allowsDirectWriting == true else { return }
        self.flood = FloodGauge(taken: state.taken)
        self.lookAgain()
    }

    private func lookAgain() {
        self.loop.assumeIsolated().scheduleTask(in: Self.glance) { [weak self] in self?.lookAtFlood() }
    }

    /// What was held before the last look but one leaves, since then the flood is over.
    private func lookAtFlood() {
        guard var flood = self.flood, !self.isOver, let end = self.end,
            let before = end.owner.setFlooded(flood.isFlood, of: end.peer)
        else { return }
        let goesOn = flood.look(taken: before.taken)
        self.flood = goesOn ? flood : nil
        let after = end.owner.setFlooded(flood.isFlood, of: end.peer)
        if before.isDue || after?.isDue == true { self.startFlushing() }
        if goesOn { self.lookAgain() }
    }
}
