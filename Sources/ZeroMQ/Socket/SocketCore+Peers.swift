// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// Peers come and go.

extension SocketCore: SessionHost {
    var socketType: SocketType { P.type }

    func makeWirePipe() -> Pipe {
        Pipe(
            inbound: InboundQueue(
                limit: self.options.receiveHighWaterMark, byteLimit: self.options.receiveByteLimit,
                rule: self.inboundRule),
            direct: nil
        )
    }

    /// What happens to what peers send.
    var inboundRule: InboundQueue.Rule {
        if !P.receives { return .discard }
        return self.options.conflatesReceiving(as: P.type) ? .conflate : .keep
    }

    func admit(_ link: any PeerLink, as routingID: RoutingID?) -> Admittance {
        self.join(self.makeWirePipe(), link, as: routingID, creditMark: self.options.receiveHighWaterMark)
    }

    /// Gives a pipe a slot and, if the pattern wants it, a part in everything.
    func join(_ pipe: Pipe, _ link: any PeerLink, as routingID: RoutingID?, creditMark: Int?) -> Admittance {
        let (admittance, replaced) = self.state.withLock { state -> (Admittance, (any PeerLink)?) in
            guard case .open = state.phase else { return (.refused("the socket is closing"), nil) }
            let peer = state.slots.take(
                pipe, link: link, marks: self.options.sendMarks, conflates: self.conflates,
                creditBatch: Self.creditBatch(creditMark))
            let (why, replaced) = state.join(peer, as: routingID)
            guard let why else { return (.admitted(self.end(peer), pipe), replaced) }
            state.slots.release(peer.index)
            return (.refused(why), nil)
        }
        replaced?.abort()
        if case .admitted(let end, _) = admittance { self.connectQueues(of: pipe, to: end.peer) }
        return admittance
    }

    func identify(_ peer: PeerID, as routingID: RoutingID?) -> Admittance {
        let (admittance, replaced) = self.state.withLock { state -> (Admittance, (any PeerLink)?) in
            guard state.slots.holds(peer), let pipe = state.slots[peer.index].pipe else {
                return (.refused("the endpoint is no longer connected"), nil)
            }
            guard !state.slots[peer.index].isJoined else { return (.admitted(self.end(peer), pipe), nil) }
            let (why, replaced) = state.join(peer, as: routingID)
            return (why.map { .refused($0) } ?? .admitted(self.end(peer), pipe), replaced)
        }
        replaced?.abort()
        if case .admitted(_, let pipe) = admittance {
            // Whoever was refused for want of this peer, and what came before it had an address.
            if pipe.inbound.count > 0 { self.serveReceivers(after: peer) }
            self.serveSenders()
        }
        return admittance
    }

    private func end(_ peer: PeerID) -> PipeEnd { PipeEnd(owner: self, peer: peer) }

    private static func creditBatch(_ mark: Int?) -> Int {
        mark.map { max(1, $0 / 2) } ?? Int.max
    }

    /// Tells the queues whom they serve; from now on signals come in.
    func connectQueues(of pipe: Pipe, to peer: PeerID) {
        let end = self.end(peer)
        pipe.direct?.setWriter(.socket(end))
        if let direct = pipe.direct { self.greet(direct) }
        if self.options.probeRouter, [.req, .dealer, .router].contains(P.type) { self.probe(peer) }
        pipe.inbound.setReader(end).deliver()
        // The pipe may have been filled and emptied before anybody was to be told.
        self.serveSenders(after: peer)
    }

    /// Tells a socket of this process what every new peer is told.
    private func greet(_ direct: InboundQueue) {
        var signals = SignalList()
        let hello = self.hello
        self.state.withLock { state in
            if let welcome = hello ?? state.pattern.welcome { signals.add(direct.force(welcome)) }
            for topic in state.pattern.topics { signals.add(direct.force(Subscription(topic).message)) }
        }
        signals.deliver()
    }

    /// Sends an empty message, so that a ROUTER learns of this socket (ZMQ_PROBE_ROUTER).
    private func probe(_ peer: PeerID) {
        let signal = self.state.withLock { state -> PipeSignal in
            guard state.slots.holds(peer) else { return .none }
            if let direct = state.slots[peer.index].pipe?.direct {
                if case .accepted(let signal) = direct.offer(Message()) { return signal }
            } else if case .acceptedFlushDue = state.slots[peer.index].outgoing.offer(Message(), behind: nil) {
                return state.slots[peer.index].transport.map { .flush($0) } ?? .none
            }
            return .none
        }
        signal.deliver()
    }

    func dialDidEnd(_ link: any PeerLink) {
        self.state.withLock { $0.endpoints.removeDialled(link) }
    }

    func release(_ peer: PeerID, losing reason: DropReason) {
        self.release(peer, losing: reason, unsent: 0)
    }

    /// The peer is gone, and with it so many messages that nobody has taken over inproc.
    func release(_ peer: PeerID, losing reason: DropReason, unsent: Int) {
        var signals = SignalList()
        self.state.withLock { $0.slots.holds(peer) ? $0.slots[peer.index].pipe : nil }?.inbound.closeRun()
        let isGone = self.state.withLock { state -> Bool in
            guard state.slots.holds(peer), let pipe = state.slots[peer.index].pipe else { return false }
            let lost = state.slots[peer.index].outgoing.close() + unsent
            state.addLoss(of: peer, lost)
            state.slots[peer.index].dropped.add(lost, state.slots[peer.index].isReplaced ? .peerGone : reason)
            state.closing.unsentInproc -= unsent
            state.slots[peer.index].transport = nil
            state.endpoints.removeDialled(peer)
            state.slots[peer.index].link = nil
            // From here on nothing comes in, so that all there is has been counted.
            signals.add(pipe.inbound.end())
            if P.absorbs {
                state.absorb(from: peer.index, &signals)
                // What the peer wanted ends with it, though the application may have more to read of it.
                guard state.slots.holds(peer) else { return true }
                state.pattern.closeSending(to: peer.index)
            }
            if case .open = state.phase, state.slots[peer.index].local.count + pipe.inbound.count > 0 {
                // What the peer sent before it left is still to be received.
                state.pattern.closeSending(to: peer.index)
            } else {
                state.forget(peer.index)
            }
            return true
        }
        signals.deliver()
        if isGone {
            if P.absorbs { self.serveReceivers() }
            self.serveSenders()
        }
        // Also if the peer was forgotten before, by whoever found its last message read: that may have been too early.
        self.finishIfClosed()
    }
}

extension SocketCore.State {
    fileprivate mutating func addLoss(of peer: PeerID, _ lost: Int) {
        guard case .closing = self.phase else { return }
        let record = self.slots[peer.index].record
        self.closing.add(
            CloseReport.Loss(
                peer: PeerNumber(peer), endpoint: record.endpoint, address: record.address,
                routingID: self.pattern.routingID(of: peer.index) ?? record.routingID, lost: lost,
                unknown: self.slots[peer.index].outgoing.unknown - self.slots[peer.index].unknownBefore))
    }

    /// Why the pattern does not want the peer, and whose place it takes if it does.
    mutating func join(_ peer: PeerID, as routingID: RoutingID?) -> (refusal: String?, replaced: (any PeerLink)?) {
        switch self.pattern.join(peer.index, key: peer, as: routingID) {
        case .joined:
            self.slots[peer.index].isJoined = true
            return (nil, nil)
        case .replaces(let old):
            self.slots[peer.index].isJoined = true
            self.slots[old].isReplaced = true
            return (nil, self.slots[old].link)
        case .refused(let why):
            return (why, nil)
        }
    }
}
