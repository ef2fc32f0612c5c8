// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

// Options that change while the socket is in use.

extension SocketCore {
    func update(_ live: LiveOptions) throws(ZeroMQError) {
        let options = live.applied(to: self.options)
        try options.check()
        try self.checkOpen()
        self.set(options)
        var signals = SignalList()
        self.state.withLock { $0.update(options, &signals) }
        signals.deliver()
        // Who waited for room, or for a peer that a mandatory ROUTER does not know, may go on.
        self.serveSenders()
    }
}

extension SocketCore.State {
    fileprivate mutating func update(_ options: SocketOptions, _ signals: inout SignalList) {
        self.pattern.update(options.patternRules)
        for peer in 0..<self.slots.count {
            guard let pipe = self.slots[peer].pipe else { continue }
            if let direct = pipe.direct {
                signals.add(direct.setLimit(options.sendHighWaterMark, of: .writer))
            } else if self.slots[peer].outgoing.setLimit(options.sendHighWaterMark), self.slots[peer].isJoined {
                self.pattern.becameWritable(peer)
            }
            signals.add(pipe.inbound.setLimit(options.receiveHighWaterMark))
            // Half of a mark at most is given back late, or the writer would wait for ever.
            let limit = pipe.inbound.limit
            self.slots[peer].creditBatch = limit == Int.max ? Int.max : max(1, limit / 2)
        }
        if P.absorbs { self.absorbRest(&signals) }
    }
}
