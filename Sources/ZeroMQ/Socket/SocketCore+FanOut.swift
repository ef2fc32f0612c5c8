// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import ZMTP

// One message to many peers (PUB, XPUB, XSUB).

extension SocketCore {
    /// Publishes a message; false if somebody has no room and the socket is to wait for all.
    @inline(never)
    func publish(_ message: Message) throws(ZeroMQError) -> Bool {
        if self.conflates { try self.checkParts(message) }
        var signals = SignalList()
        let outcome = self.state.withLock { $0.publish(message, &signals) }
        signals.deliver()
        switch outcome {
        case .fail(let error): throw error
        case .wait: return false
        case .sent, .sentAndSignal, .dropped: return true
        }
    }
}

extension SocketCore.State {
    /// Publishes where signals are delivered later.
    mutating func publishDeferring(_ message: Message) -> SendOutcome {
        var signals = SignalList()
        swap(&signals, &self.deferred)
        defer { swap(&signals, &self.deferred) }
        return self.publish(message, &signals)
    }

    /// Gives a message to all peers that want it; who has no room misses it.
    ///
    /// For one of them it is encoded straight into his queue; for several once, and their queues refer to it. A large
    /// body is shared in any case.
    mutating func publish(_ message: Message, _ signals: inout SignalList) -> SendOutcome {
        guard case .open = self.phase else { return .fail(.socketClosed) }
        var message = message
        if P.subscribes {
            let (subscriptions, rest) = self.pattern.split(message)
            for subscription in subscriptions { self.apply(subscription, &signals) }
            guard let rest else { return .sent }
            message = rest
        }
        self.pattern.choose(for: message)
        if self.pattern.waitsForAll, self.findFull() { return .wait }
        if let first = self.pattern.nextTarget(from: 0) {
            if let second = self.pattern.nextTarget(from: first + 1), SharedFrames.suits(message) {
                self.share(message, with: first, second, &signals)
            } else {
                self.offerEach(message, from: first, &signals)
            }
        }
        self.pattern.didPublish()
        return .sent
    }

    private mutating func offerEach(_ message: Message, from first: Int, _ signals: inout SignalList) {
        var next: Int? = first
        while let target = next {
            self.offer(message, to: target, &signals)
            next = self.pattern.nextTarget(from: target + 1)
        }
    }

    /// Encodes a message once, and gives it to all who want it.
    private mutating func share(_ message: Message, with first: Int, _ second: Int, _ signals: inout SignalList) {
        let shared = self.sharedFrames ?? SharedFrames()
        var range: Range<Int>?
        var target = first
        var next: Int? = second
        while true {
            if self.slots[target].isDirect {
                self.offer(message, to: target, &signals)
            } else {
                let place = range ?? shared.append(message)
                range = place
                self.settle(self.slots[target].outgoing.offer(message, at: place, of: shared), of: target, &signals)
            }
            guard let following = next else { break }
            target = following
            next = self.pattern.nextTarget(from: target + 1)
        }
        self.sharedFrames = shared.isFull ? nil : shared
    }

    @inline(__always)
    private mutating func offer(_ message: Message, to peer: Int, _ signals: inout SignalList) {
        if self.slots[peer].isDirect {
            switch self.slots[peer].pipe?.direct?.offer(message) {
            case .accepted(let signal): signals.add(signal)
            case .full: self.miss(peer)
            case .closed, nil: self.pattern.closeSending(to: peer)
            }
            return
        }
        self.slots[peer].outgoing.endRun()
        var admission = self.slots[peer].outgoing.offerQuickly(message)
        if case .full = admission { admission = self.slots[peer].outgoing.offer(message, behind: nil) }
        self.settle(admission, of: peer, &signals)
    }

    @inline(__always)
    private mutating func settle(
        _ admission: OutgoingQueue.Admission, of peer: Int, _ signals: inout SignalList
    ) {
        switch admission {
        case .accepted, .acceptedHeld: break
        case .acceptedFlushDue: if let transport = self.slots[peer].transport { signals.add(.flush(transport)) }
        case .full: self.miss(peer)
        case .closed: self.pattern.closeSending(to: peer)
        }
    }

    private mutating func miss(_ peer: Int) {
        self.slots[peer].dropped.add(1, .highWaterMark)
        self.pattern.didFindFull(peer)
    }

    /// Whether one of those who are to get the message has no room; the socket is told when there is some.
    private mutating func findFull() -> Bool {
        var isFull = false
        var peer = 0
        while let target = self.pattern.nextTarget(from: peer) {
            if self.slots[target].waitForRoom() {
                self.pattern.didFindFull(target)
                isFull = true
            }
            peer = target + 1
        }
        return isFull
    }
}

// MARK: Absorbing

extension SocketCore.State {
    /// Looks at what a peer has sent, as far as the pattern wants to, and forgets the peer if that was its last.
    mutating func absorb(from peer: Int, _ signals: inout SignalList) {
        while self.pattern.canAbsorb, let pipe = self.slots[peer].pipe {
            if let message = self.slots[peer].local.popFirst() {
                self.slots[peer].uncredited += 1
                self.pattern.absorb(message, from: peer)
                continue
            }
            let consumed = self.slots[peer].uncredited
            self.slots[peer].uncredited = 0
            let refill = pipe.inbound.refill(&self.slots[peer].local, consumed: consumed)
            signals.add(refill.signal)
            signals.add(refill.settling)
            guard self.slots[peer].local.isEmpty else { continue }
            if refill.hasEnded { self.forget(peer) }
            return
        }
        if self.slots[peer].pipe != nil { self.unabsorbed.insert(peer) }
    }

    /// The next of what was absorbed that the application gets; looks at more if there is room again.
    mutating func receiveAbsorbed(_ signals: inout SignalList) -> P.Incoming? {
        let incoming = self.pattern.takeAbsorbed()
        self.absorbRest(&signals)
        return incoming
    }

    /// Looks at what had to wait, as far as there is room now.
    mutating func absorbRest(_ signals: inout SignalList) {
        while self.pattern.canAbsorb, let peer = self.unabsorbed.next(from: 0) {
            self.unabsorbed.remove(peer)
            self.absorb(from: peer, &signals)
        }
    }
}
