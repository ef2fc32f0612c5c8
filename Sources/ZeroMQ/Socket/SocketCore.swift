// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

/// Everything behind a socket's façade: its pattern, its peers, the calls that wait, its endpoints.
///
/// Generic over its pattern and specialised in this module. Isolation: one lock, the only isolation domain of a
/// socket; pipes' locks are taken under it, never the other way round, and nobody is called or resumed while it is
/// held. What a step raises is carried out after it.
final class SocketCore<P: Pattern>: Sendable {
    struct State: ~Copyable {
        var pattern: P
        var slots = SlotTable()
        var receivers = CircularBuffer<ReceiveWaiter<P.Incoming>>(initialCapacity: 2)
        var senders = CircularBuffer<SendWaiter>(initialCapacity: 2)
        var readers: [Readiness] = []
        var writers: [Readiness] = []
        /// Watchers that want to know of the socket's end only.
        var others: [Readiness] = []
        /// Watchers that want to know when peers' subscriptions change.
        var observers: [Readiness] = []
        /// Peers of whom not everything was absorbed, because the application does not take it.
        var unabsorbed = PeerBits()
        var phase = Phase.open
        /// Of types that answer.
        var turn = Turn()
        /// The same.
        var held = HeldBack()
        /// Of sockets whose only peer is one of this process.
        var gathering = Gathering()
        var endpoints = EndpointTable()
        var closers: [Wakeup] = []
        var openListeners = 0
        var openConnections = 0
        /// What is under way and needs the event loop.
        var openErrands = 0
        var isSuspended = false
        /// Who waits until there are no connections.
        var quietWaiters: [Wakeup] = []
        /// The number of the last connection.
        var connectionNumber: UInt64 = 0
        /// Signals that a send has raised beside its own: by throwing away what waited (REQ), by going to many peers.
        var deferred = SignalList()
        /// What was last published to several peers, as long as there is room behind it.
        var sharedFrames: SharedFrames?
        /// What passed between the socket and peers that are gone, and what had no peer.
        var past = Traffic()
        /// Messages that the system took for peers that are gone.
        var pastWritten = 0
        var closing = ClosingAccount()
        var direct = DirectReader()
    }

    enum Phase {
        case open
        case closing
        case closed
    }

    let state: QuickLock<State>
    private let currentOptions: Mutex<SocketOptions>
    let environment: SocketEnvironment
    let events: EventHub
    let patience: Patience
    let readingPatience: ReadingPatience
    /// Only the newest message waits for a peer.
    let conflates: Bool
    let directWriters = DirectWriterBudget()
    private let waiterNumber = Atomic<UInt64>(0)

    init(options: SocketOptions, environment: SocketEnvironment) {
        self.state = QuickLock(State(pattern: P(options.patternRules)))
        self.currentOptions = Mutex(options)
        self.environment = environment
        self.conflates = options.conflatesSending(as: P.type)
        self.patience = Patience(environment.patience)
        self.readingPatience = ReadingPatience(environment.readingPatience, heedsOthers: environment.heedsOthers)
        self.events = EventHub(logger: environment.logger)
    }

    /// The options as they are now: see ``SocketCore/update(_:)``.
    var options: SocketOptions {
        self.currentOptions.withLock { $0 }
    }

    func set(_ options: SocketOptions) {
        self.currentOptions.withLock { $0 = options }
    }

    func makeWaiterID() -> WaiterID {
        WaiterID(number: self.waiterNumber.add(1, ordering: .relaxed).newValue)
    }

    var loop: any EventLoop { self.environment.loop }
    var memory: ReceiveMemory { self.environment.memory }
    var lookUp: HostLookUp { self.environment.lookUp }
    var dialQueue: DialQueue { self.environment.dialQueue }
}

/// What became of a message that was given to a socket.
enum SendOutcome: Sendable {
    case sent
    case sentAndSignal(PipeSignal)
    case dropped
    case wait
    case fail(ZeroMQError)
}

// MARK: Steps under the lock

extension SocketCore.State {
    /// Gives a message to the peer that the pattern names.
    @inline(__always)
    mutating func send(_ message: Message, to destination: Destination, behind envelope: Envelope?) -> SendOutcome {
        guard case .open = self.phase else { return .fail(.socketClosed) }
        if let fault = self.pattern.sendingFault { return .fail(fault) }
        if P.fansOut { return self.publishDeferring(message) }
        while true {
            switch self.pattern.route(to: destination) {
            case .to(let peer):
                // Only once it is sure that the message will be taken.
                if P.discardsWaitingOnSend, self.slots[peer].room(atMost: 1) > 0 { self.discardWaiting() }
                if self.slots[peer].isDirect {
                    guard let outcome = self.offerDirectly(message, to: peer, behind: envelope) else { continue }
                    return outcome
                }
                switch self.slots[peer].outgoing.offer(message, behind: envelope ?? self.pattern.envelope) {
                case .accepted:
                    self.pattern.didSend(to: peer)
                    self.noteSent()
                    return .sent
                case .acceptedFlushDue:
                    self.pattern.didSend(to: peer)
                    let isOurs = self.isSendersToWrite(peer)
                    self.noteSent()
                    guard let transport = self.slots[peer].transport else { return .sent }
                    return .sentAndSignal(isOurs ? .write(transport) : .flush(transport))
                case .acceptedHeld, .full:
                    self.pattern.didFindFull(peer)
                case .closed:
                    self.pattern.closeSending(to: peer)
                }
            case .wait:
                return .wait
            case .drop(let reason, let peer):
                self.pattern.didDrop()
                self.countDropped(reason, of: peer)
                return .dropped
            case .fail(let error):
                return .fail(error)
            }
        }
    }

    /// Hands a message to the socket at the other end of an inproc pipe; nil if that did not take it.
    private mutating func offerDirectly(_ message: Message, to peer: Int, behind envelope: Envelope?) -> SendOutcome? {
        let envelope = envelope ?? self.pattern.envelope
        switch self.slots[peer].pipe?.direct?.offer(envelope.map { message.prepending($0) } ?? message) {
        case .accepted(let signal):
            self.pattern.didSend(to: peer)
            return .sentAndSignal(signal)
        case .full:
            self.pattern.didFindFull(peer)
        case .closed, nil:
            self.pattern.closeSending(to: peer)
        }
        return nil
    }

    @inline(__always)
    mutating func noteReceived() { if P.answers { self.turn.noteReceived() } }

    @inline(__always)
    mutating func noteSent() { if P.answers { self.turn.noteSent(endsTurn: P.takesTurns) } }

    /// Whether who sends had better write it, without waking another thread: the peer waits for it, or gets floods of it.
    @inline(__always)
    func isSendersToWrite(_ target: Int) -> Bool { self.slots[target].outgoing.isFlooded || self.isAnswer() }

    @inline(__always)
    private func isAnswer() -> Bool {
        guard P.answers, self.turn.isAnswer(alternating: P.takesTurns) else { return false }
        guard let peer = self.pattern.source else { return true }
        return self.slots[peer].local.isEmpty && self.slots[peer].pipe?.inbound.count ?? 0 == 0
    }

    /// Takes the next message from the peer whose turn it is.
    @inline(__always)
    mutating func receive(_ signals: inout SignalList) -> P.Incoming? {
        if P.absorbs { return self.receiveAbsorbed(&signals) }
        while let peer = self.pattern.source {
            guard let message = self.take(from: peer, &signals) else { continue }
            if let incoming = self.pattern.deliver(message, from: peer) { return incoming }
            self.countDiscarded(from: peer)
        }
        return nil
    }

    /// Takes a peer's next message; nil if none was here, and there may be some now.
    @inline(__always)
    mutating func take(from peer: Int, _ signals: inout SignalList) -> Message? {
        guard let message = self.slots[peer].local.popFirst() else {
            self.refill(peer, &signals)
            return nil
        }
        self.noteReceived()
        self.slots[peer].uncredited += 1
        if self.slots[peer].uncredited >= self.slots[peer].creditBatch { self.credit(peer, &signals) }
        return message
    }

    /// A message that was to be sent is thrown away; nil if there is no peer for it.
    @inline(never)
    mutating func countDropped(_ reason: DropReason, of peer: Int?) {
        if let peer { self.slots[peer].dropped.add(1, reason) } else { self.past.dropped.add(1, reason) }
    }

    /// The pattern has not given a message to the application.
    @inline(never)
    mutating func countDiscarded(from peer: Int) {
        guard let reason = self.pattern.discardReason else { return }
        self.slots[peer].dropped.add(1, reason)
        self.slots[peer].discarded += 1
    }

    /// For how long messages are to gather first, in nanoseconds; nothing if there are some, or several peers.
    var gatheringTime: Int {
        guard self.gathering.wait > 0, self.slots.occupied == 1, let peer = self.pattern.source,
            self.slots[peer].isDirect, self.slots[peer].local.isEmpty
        else { return 0 }
        return self.gathering.wait
    }

    mutating func refill(_ peer: Int, _ signals: inout SignalList) {
        guard let pipe = self.slots[peer].pipe else {
            self.pattern.didEmpty(peer)
            return
        }
        let consumed = self.slots[peer].uncredited
        self.slots[peer].uncredited = 0
        let refill = pipe.inbound.refill(&self.slots[peer].local, consumed: consumed)
        signals.add(refill.signal)
        signals.add(refill.settling)
        if self.slots[peer].isDirect {
            self.gathering.note(self.slots[peer].local.count, creditBatch: self.slots[peer].creditBatch)
        }
        guard self.slots[peer].local.isEmpty else {
            if P.answers { self.turn.batch = self.slots[peer].local.count }
            return
        }
        self.pattern.didEmpty(peer)
        if P.answers, !self.pattern.canReceive {
            self.turn.noteEmpty()
            self.releaseHeld(&signals)
        }
        if refill.hasEnded { self.forget(peer) }
    }

    mutating func credit(_ peer: Int, _ signals: inout SignalList) {
        guard let pipe = self.slots[peer].pipe else { return }
        signals.add(pipe.inbound.credit(self.slots[peer].uncredited))
        self.slots[peer].uncredited = 0
    }

    /// A peer is gone and nothing of it is left to read.
    mutating func forget(_ peer: Int) {
        var traffic = self.slots[peer].traffic
        // What an inproc peer that leaves has not read yet is with the socket at the other end.
        traffic.queuedMessages = 0
        traffic.queuedBytes = 0
        self.past = self.past + traffic
        self.pastWritten += self.slots[peer].outgoing.written
        self.pattern.leave(peer)
        if P.absorbs { self.unabsorbed.remove(peer) }
        self.slots.release(peer)
    }

    /// Throws away what peers have sent so far (REQ, before a new request).
    private mutating func discardWaiting() {
        for peer in 0..<self.slots.count {
            guard let pipe = self.slots[peer].pipe else { continue }
            var hasEnded = false
            repeat {
                let consumed = self.slots[peer].uncredited + self.slots[peer].local.count
                self.slots[peer].uncredited = 0
                self.slots[peer].discardLocal(.stale)
                let refill = pipe.inbound.refill(&self.slots[peer].local, consumed: consumed)
                self.deferred.add(refill.signal)
                self.deferred.add(refill.settling)
                hasEnded = refill.hasEnded
            } while !self.slots[peer].local.isEmpty
            // One that has gone is forgotten at the next receive: it may be the one that is being sent to.
            if hasEnded { self.pattern.becameReadable(peer) } else { self.pattern.didEmpty(peer) }
        }
    }
}
