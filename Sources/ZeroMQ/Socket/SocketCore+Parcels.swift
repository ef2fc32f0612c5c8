// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

/// A message on its way through a proxy, with the address that a ROUTER has put in front of it still beside it.
struct Parcel: Sendable {
    var envelope: Envelope?
    var message: Message

    var wholeMessage: Message { self.envelope.map { self.message.prepending($0) } ?? self.message }
}

// Many messages under one lock: what a proxy does instead of receiving and sending one by one.

extension SocketCore {
    /// How many messages could surely be sent now, at most `limit`; if none, watchers will be told when some can.
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
    func room(atMost limit: Int) -> Int {
        self.state.withLock { state in
            guard case .open = state.phase, state.pattern.canSend else { return 0 }
            // A ROUTER drops or waits for each peer, publishers drop; REQ and REP take turns.
            if P.type == .router || P.fansOut { return limit }
            if P.discardsWaitingOnSend || P.sendingEnablesReceiving { return 1 }
            return state.room(atMost: limit)
        }
    }

    /// Takes up to `limit` messages that are there.
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
    func takeParcels(_ parcels: inout [Parcel], limit: Int) throws(ZeroMQError) {
        var signals = SignalList()
        let fault = self.state.withLock { state -> ZeroMQError? in
            guard case .open = state.phase else { return .socketClosed }
            if let fault = state.pattern.receivingFault { return fault }
            while parcels.count < limit, let incoming = state.receiveQuickly() ?? state.receive(&signals) {
                let (peer, message) = P.open(incoming)
                parcels.append(Parcel(envelope: peer.map { Envelope(addressing: $0.routingID) }, message: message))
            }
            return nil
        }
        signals.deliver()
        if let fault { throw fault }
    }

    /// Sends messages as long as there is room, and says how many that were; they may be taken out.
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
    func giveParcels(_ parcels: inout [Parcel]) throws(ZeroMQError) -> Int {
        if self.conflates { for parcel in parcels { try self.checkParts(parcel.message) } }
        var signals = SignalList()
        var count = 0
        let fault = self.state.withLock { state -> ZeroMQError? in
            if P.answers { state.releaseHeld(&signals) }
            while true {
                if P.fansOut { count += state.giveTogether(&parcels, from: count) }
                guard count < parcels.count else { return nil }
                switch state.give(parcels[count]) {
                case .sent, .dropped: break
                case .sentAndSignal(let signal): signals.add(signal)
                case .wait: return nil
                case .fail(let error): return error
                }
                count += 1
            }
        }
        signals.deliver()
        self.deliverDeferred()
        if P.sendingEnablesReceiving { self.serveReceivers() }
        if let fault { throw fault }
        return count
    }
}

extension SocketCore.State {
    fileprivate mutating func room(atMost limit: Int) -> Int {
        var room = 0
        for peer in 0..<self.slots.count where self.slots[peer].isJoined && room < limit {
            room += self.slots[peer].room(atMost: limit - room)
        }
        guard room == 0 else { return room }
        // All are full, which the pattern learns only now, as it would from a message that is refused.
        for peer in 0..<self.slots.count where self.slots[peer].isJoined {
            if self.slots[peer].waitForRoom() {
                self.pattern.didFindFull(peer)
            } else {
                room += self.slots[peer].room(atMost: 1)
            }
        }
        return self.pattern.canSend ? room : 0
    }

    /// Moves messages to the socket at the other end of an inproc pipe, if each of them is for it and nobody else; how
    /// many. None is copied: threads would fight for the reference counts of octets (benchmark row *two XPUB through a
    /// proxy*).
    fileprivate mutating func giveTogether(_ parcels: inout [Parcel], from start: Int) -> Int {
        guard case .open = self.phase, let peer = self.pattern.quickTarget, self.slots[peer].isDirect,
            let direct = self.slots[peer].pipe?.direct
        else { return 0 }
        var end = start
        while end < parcels.count, parcels[end].envelope == nil { end += 1 }
        return direct.offerQuickly(end - start, &self.slots[peer].run) {
            exchange(&parcels[start + $0].message, with: Message())
        }
    }

    @inline(__always)
    fileprivate mutating func give(_ parcel: Parcel) -> SendOutcome {
        if P.type != .router, parcel.envelope == nil {
            switch self.sendQuickly(parcel.message, holding: false) {
            // What the application has held back leaves with all that is given.
            case .sent, .held, .pieceDue: return .sent
            case .flushDue(let transport): return .sentAndSignal(.flush(transport))
            case .writeDue(let transport): return .sentAndSignal(.write(transport))
            case .unusual: break
            }
        }
        return self.send(parcel)
    }

    mutating func send(_ parcel: Parcel) -> SendOutcome {
        // Who publishes has no envelopes: an address is a part like others.
        if P.fansOut, let envelope = parcel.envelope {
            return self.send(parcel.message.prepending(envelope), to: .any, behind: nil)
        }
        guard P.type == .router else { return self.send(parcel.message, to: .any, behind: parcel.envelope) }
        // ROUTER to ROUTER: the address in front is the first of the message's own parts, or beside it.
        var message = parcel.wholeMessage
        // An address without a body is ignored, as libzmq does.
        guard message.isMultipart else {
            self.countDropped(.unroutable, of: nil)
            return .dropped
        }
        let id = RoutingID(unchecked: message.removeFirst().bytes)
        return self.send(message, to: .id(id), behind: nil)
    }
}
