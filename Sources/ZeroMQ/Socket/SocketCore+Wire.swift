// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

// What connections see of a socket: the queue of what it has for their peer, and whom to tell.

extension SocketCore: PipeOwner {
    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func pipeIsReadable(_ peer: PeerID) {
        self.serveReceivers(after: peer)
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func pipeIsWritable(_ peer: PeerID) {
        self.serveSenders(after: peer)
    }

    func settle() { self.state.withLock { _ in } }

    func beginConnection() -> UInt64 {
        self.state.withLock { state in
            state.openConnections += 1
            state.connectionNumber += 1
            return state.connectionNumber
        }
    }

    func endConnection() {
        let waiters = self.state.withLock { state -> [Wakeup] in
            state.openConnections -= 1
            guard state.openConnections == 0 else { return [] }
            defer { state.quietWaiters = [] }
            return state.quietWaiters
        }
        for waiter in waiters { waiter.resume() }
        self.finishIfClosed()
    }

    func attach(_ transport: any PipeTransport, to peer: PeerID) {
        let hello = self.hello
        let isDue = self.state.withLock { state in
            guard state.slots.holds(peer) else { return false }
            state.slots[peer.index].transport = transport
            return state.slots[peer.index].outgoing.attach(
                welcome: hello ?? state.pattern.welcome, subscriptions: state.pattern.topics.map { Subscription($0) })
        }
        if isDue { transport.flush() }
    }

    func detach(from peer: PeerID) {
        self.state.withLock { state in
            // The peer may have been released before its connection ended.
            state.direct.forget(peer)
            guard state.slots.holds(peer) else { return }
            state.slots[peer.index].transport = nil
            state.slots[peer.index].outgoing.detach()
            state.slots[peer.index].record.disconnected()
        }
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func takeOutgoing(for peer: PeerID) -> OutgoingQueue.Taken {
        self.state.withLock { state in
            state.slots.holds(peer) ? state.slots[peer.index].outgoing.take() : .nothing
        }
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func recycle(_ segment: OutgoingQueue.Segment, of peer: PeerID) {
        self.state.withLock { state in
            if state.slots.holds(peer) { state.slots[peer.index].outgoing.recycle(segment) }
        }
    }

    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PubPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RepPattern)
    @_specialize(where P == ReqPattern)
    @_specialize(where P == RouterPattern)
    @_specialize(where P == SubPattern)
    @_specialize(where P == XPubPattern)
    @_specialize(where P == XSubPattern)
    func conclude(_ segment: OutgoingQueue.Segment, of peer: PeerID) -> Bool {
        self.state.withLock { state in
            state.slots.holds(peer) && state.slots[peer.index].outgoing.conclude(segment)
        }
    }

    func setFlooded(_ isFlooded: Bool, of peer: PeerID) -> (taken: Int, isDue: Bool)? {
        // What goes to many is encoded once: there is nothing to be done beside writing.
        guard !P.fansOut else { return nil }
        return self.state.withLock { state in
            state.slots.holds(peer) ? state.slots[peer.index].outgoing.setFlooded(isFlooded) : nil
        }
    }

    func startDraining(_ peer: PeerID) {
        let transport = self.state.withLock { state -> (any PipeTransport)? in
            guard state.slots.holds(peer), state.slots[peer.index].outgoing.startDraining() else { return nil }
            return state.slots[peer.index].transport
        }
        transport?.flush()
    }

    func noteRoundTrip(_ time: Duration, of peer: PeerID) {
        self.state.withLock { state in
            if state.slots.holds(peer) { state.slots[peer.index].record.roundTripTime = time }
        }
    }

    func countDropped(_ count: Int, _ reason: DropReason, from peer: PeerID) {
        self.state.withLock { state in
            if state.slots.holds(peer) { state.slots[peer.index].dropped.add(count, reason) }
        }
    }

    func outgoingCount(for peer: PeerID) -> Int {
        self.state.withLock { $0.slots.holds(peer) ? $0.slots[peer.index].outgoing.count : 0 }
    }
}
