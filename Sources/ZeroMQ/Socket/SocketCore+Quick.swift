// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// What happens to almost every message: a peer is connected and has room, or messages of it wait here already. Each
// step is small enough to be inlined into the façade's call and does nothing at all when anything is out of the
// ordinary; then the long way does it (benchmark rows PUSH/PULL, 16 B).

/// What a step towards a connection came to.
enum QuickSend {
    case sent
    /// Sent, and the connection must be told.
    case flushDue(any PipeTransport)
    /// The same, and the peer waits for it.
    case writeDue(any PipeTransport)
    /// Sent, and held back until it is known whether more follows at once.
    case held
    /// The same, and so many have been held that they could leave.
    case pieceDue
    /// Nothing was done.
    case unusual
}

extension SocketCore {
    /// Hands over a message to whoever's turn it is, if that is possible at once.
    @inline(__always)
    func trySend(_ message: Message) throws(ZeroMQError) -> Bool {
        if P.fansOut, P.subscribes { return try self.publish(message) }
        if self.conclude(self.state.withLock { $0.sendQuickly(message, holding: $0.mayHold) }) { return true }
        return try P.fansOut ? self.publish(message) : self.trySend(message, to: .any)
    }

    @inline(__always)
    fileprivate func conclude(_ step: QuickSend) -> Bool {
        switch step {
        case .sent: return true
        case .flushDue(let transport): transport.flush()
        case .writeDue(let transport): transport.write()
        case .held: self.watchHeld()
        case .pieceDue: self.endPiece()
        case .unusual: return false
        }
        return true
    }

    /// Takes a message if one is there.
    @inline(__always)
    func tryReceive() throws(ZeroMQError) -> P.Incoming? {
        if let incoming = self.state.withLock({ $0.receiveQuickly() }) { return incoming }
        return try self.tryReceiveWithCare()
    }
}

extension SocketCore where P == RouterPattern {
    /// Hands over a message to a peer, if that is possible at once.
    @inline(__always)
    func trySend(_ message: Message, to peer: PeerID) throws(ZeroMQError) -> Bool {
        if self.conclude(self.state.withLock { $0.sendQuickly(message, to: peer) }) { return true }
        return try self.trySend(message, to: .peer(peer))
    }
}

extension SocketCore.State where P == RouterPattern {
    @inline(__always)
    fileprivate mutating func sendQuickly(_ message: borrowing Message, to peer: PeerID) -> QuickSend {
        guard case .open = self.phase, self.pattern.canTake(peer) else { return .unusual }
        return self.sendQuickly(message, to: peer.index, holding: self.mayHold)
    }
}

extension SocketCore.State {
    @inline(__always)
    mutating func sendQuickly(_ message: borrowing Message, holding: Bool) -> QuickSend {
        guard case .open = self.phase, let peer = self.pattern.quickTarget else { return .unusual }
        return self.sendQuickly(message, to: peer, holding: holding)
    }

    @inline(__always)
    fileprivate mutating func sendQuickly(_ message: borrowing Message, to peer: Int, holding: Bool) -> QuickSend {
        if self.slots[peer].isDirect {
            guard self.slots[peer].offerDirectly(message) else { return .unusual }
            self.pattern.didSend(to: peer)
            return .sent
        }
        // One who is now the only subscriber may not have been.
        if P.fansOut { self.slots[peer].outgoing.endRun() }
        switch self.slots[peer].outgoing.offerQuickly(message, holding: holding) {
        case .accepted:
            self.pattern.didSend(to: peer)
            self.noteSent()
            if P.answers, self.held.add() { return .pieceDue }
            return .sent
        case .acceptedHeld:
            self.pattern.didSend(to: peer)
            self.noteSent()
            let (outstanding, batch) = (self.turn.outstanding, self.turn.batch)
            if self.held.add(peer, outstanding: outstanding, batch: batch, now: .now()) { return .pieceDue }
            guard !self.held.isWatched else { return .sent }
            self.held.isWatched = true
            return .held
        case .acceptedFlushDue:
            self.pattern.didSend(to: peer)
            let isOurs = self.isSendersToWrite(peer)
            self.noteSent()
            if P.answers { self.held.noteChance() }
            return self.slots[peer].transport.map { isOurs ? .writeDue($0) : .flushDue($0) } ?? .sent
        case .full, .closed:
            return .unusual
        }
    }

    @inline(__always)
    mutating func receiveQuickly() -> P.Incoming? {
        guard !P.absorbs, case .open = self.phase, let peer = self.pattern.source else { return nil }
        guard self.slots[peer].uncredited + 1 < self.slots[peer].creditBatch else { return nil }
        guard let message = self.slots[peer].local.popQuickly() else { return nil }
        self.slots[peer].uncredited += 1
        self.noteReceived()
        if let incoming = self.pattern.deliver(message, from: peer) { return incoming }
        self.countDiscarded(from: peer)
        return nil
    }
}
