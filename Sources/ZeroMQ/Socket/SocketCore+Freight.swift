// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

// Short messages from one connection to another, many under one lock and none of them looked into: what a proxy does
// with most of them (benchmark row echo through a proxy).

extension SocketCore {
    /// Whether there is somebody whom frames can be sent to as they are.
    func takesFreight() -> Bool {
        P.passesFrames && !self.conflates && self.state.withLock { $0.slots.wires > 0 }
    }

    /// Takes up to `limit` messages that are there, until one comes that goes by itself.
    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RouterPattern)
    func load(_ freight: inout Freight, limit: Int) throws(ZeroMQError) {
        guard P.passesFrames else { return }
        var signals = SignalList()
        let isOpen = self.state.withLock { state in
            guard case .open = state.phase else { return false }
            state.load(&freight, limit: limit, &signals)
            return true
        }
        signals.deliver()
        guard isOpen else { throw .socketClosed }
    }

    /// Sends messages as long as there is room. What is left has none.
    @_specialize(where P == DealerPattern)
    @_specialize(where P == PairPattern)
    @_specialize(where P == PullPattern)
    @_specialize(where P == PushPattern)
    @_specialize(where P == RouterPattern)
    func unload(_ freight: inout Freight) throws(ZeroMQError) {
        var signals = SignalList()
        let fault = self.state.withLock { state -> ZeroMQError? in
            if P.answers { state.releaseHeld(&signals) }
            return state.unload(&freight, &signals)
        }
        signals.deliver()
        if let fault { throw fault }
    }
}

extension SocketCore.State {
    fileprivate mutating func load(_ freight: inout Freight, limit: Int, _ signals: inout SignalList) {
        while freight.count < limit, !freight.isFull, let peer = self.pattern.source {
            guard freight.load(from: &self.slots[peer].local, behind: self.pattern.address(of: peer)) else {
                guard self.slots[peer].local.isEmpty else { return }
                self.refill(peer, &signals)
                continue
            }
            self.pattern.didTake(from: peer)
            self.noteReceived()
            self.slots[peer].uncredited += 1
            if self.slots[peer].uncredited >= self.slots[peer].creditBatch { self.credit(peer, &signals) }
        }
    }

    fileprivate mutating func unload(_ freight: inout Freight, _ signals: inout SignalList) -> ZeroMQError? {
        while !freight.isEmpty {
            let message = freight.first
            if !self.unloadQuickly(message, of: freight, &signals) {
                switch self.send(Parcel(envelope: nil, message: freight.firstMessage)) {
                case .sent, .dropped: break
                case .sentAndSignal(let signal): signals.add(signal)
                case .wait: return nil
                case .fail(let error): return error
                }
            }
            freight.removeFirst(message)
        }
        return nil
    }

    /// False if nothing was done.
    @inline(__always)
    private mutating func unloadQuickly(
        _ message: Range<Int>, of freight: borrowing Freight, _ signals: inout SignalList
    ) -> Bool {
        guard case .open = self.phase else { return false }
        var body = message
        let target: Int?
        if P.type == .router {
            let parts = freight.split(message)
            body = parts.body
            guard !body.isEmpty else { return false }
            target = unsafe freight.frames.withUnsafeBytes {
                unsafe self.pattern.target(at: UnsafeRawBufferPointer(rebasing: $0[parts.address]))
            }
        } else {
            target = self.pattern.quickTarget
        }
        guard let peer = target, !self.slots[peer].isDirect else { return false }
        switch self.slots[peer].outgoing.offerQuickly(body, of: freight.frames) {
        case .accepted, .acceptedHeld: break
        case .acceptedFlushDue:
            if P.answers { self.held.noteChance() }
            guard let transport = self.slots[peer].transport else { break }
            // To many it is the connections' to write, beside what is done here.
            let isOurs = self.slots[peer].outgoing.isFlooded || P.answers && self.slots.wires == 1
            signals.add(isOurs ? .write(transport) : .flush(transport))
        case .full, .closed: return false
        }
        self.pattern.didSend(to: peer)
        self.noteSent()
        return true
    }
}
