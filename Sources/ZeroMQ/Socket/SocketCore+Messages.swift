// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
import ZMTP

// Sending and receiving from any thread or task.

extension SocketCore {
    /// Hands over a message if that is possible at once.
    @inline(never)
    func trySend(
        _ message: Message, to destination: Destination, behind envelope: Envelope? = nil
    ) throws(ZeroMQError) -> Bool {
        if self.conflates { try self.checkParts(message) }
        let outcome = self.state.withLock { $0.send(message, to: destination, behind: envelope) }
        return try self.conclude(outcome)
    }

    /// What replaces another message must be one part: then nobody can get half of it (`ZMQ_CONFLATE`).
    func checkParts(_ message: Message) throws(ZeroMQError) {
        if message.isMultipart { throw .manyParts(message.count) }
    }

    @inline(__always)
    private func conclude(_ outcome: SendOutcome) throws(ZeroMQError) -> Bool {
        self.deliverDeferred()
        switch outcome {
        case .sent:
            if P.sendingEnablesReceiving { self.serveReceivers() }
            return true
        case .sentAndSignal(let signal):
            signal.deliver()
            if P.sendingEnablesReceiving { self.serveReceivers() }
            return true
        case .dropped:
            if P.sendingEnablesReceiving { self.serveReceivers() }
            return true
        case .wait:
            return false
        case .fail(let error):
            throw error
        }
    }

    /// Delivers what sending has raised beside its own signal, whatever came of it.
    @inline(__always)
    func deliverDeferred() { if P.discardsWaitingOnSend || P.fansOut { self.takeAndDeliverDeferred() } }

    private func takeAndDeliverDeferred() {
        let signals = self.state.withLock { state in
            defer { state.deferred = SignalList() }
            return state.deferred
        }
        signals.deliver()
    }

    /// Takes a message if one is there, whatever must be done for it.
    @inline(never)
    func tryReceiveWithCare() throws(ZeroMQError) -> P.Incoming? {
        var signals = SignalList()
        var wait = 0
        var source: (any DirectSource)?
        var result = self.state.withLock { state -> Result<P.Incoming?, ZeroMQError> in
            wait = state.gatheringTime
            guard wait == 0 else { return .success(nil) }
            let result = state.receiveIfOpen(&signals)
            if P.answers, case .success(nil) = result { source = state.direct.source }
            return result
        }
        if wait > 0 {
            self.patience.wait(for: wait)
            result = self.state.withLock { $0.receiveIfOpen(&signals) }
        }
        signals.deliver()
        if let source, case .some = source.read() {
            signals = SignalList()
            result = self.state.withLock { state in
                state.direct.noteRead()
                return state.receiveIfOpen(&signals)
            }
            signals.deliver()
        }
        return try result.get()
    }

    // MARK: Waiting

    /// Waits until a message is taken, the time is up (false) or the task is cancelled; then nothing was taken.
    func sendWaiting(
        _ message: Message, to destination: Destination, behind envelope: Envelope?, within limit: Duration?
    ) async throws -> Bool {
        if self.conflates { try self.checkParts(message) }
        if case .any = destination, self.hasNeighboursOnly,
            self.patience.wait(until: { self.state.withLock { $0.pattern.canSend } }),
            try self.trySend(message, to: destination, behind: envelope)
        {
            return true
        }
        let id = self.makeWaiterID()
        var timer: CallTimer?
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await Resumption.suspend { continuation in
                let outcome = self.state.withLock { state -> SendOutcome in
                    let outcome = state.send(message, to: destination, behind: envelope)
                    if case .wait = outcome {
                        state.senders.append(
                            SendWaiter(
                                id: id, message: message, destination: destination, envelope: envelope,
                                continuation: continuation))
                    }
                    return outcome
                }
                if case .wait = outcome {
                    self.deliverDeferred()
                    timer = self.startTimer(limit) { $0.endSend(id, with: .success(false)) }
                    // A cancellation before the waiter was in the list has found nobody.
                    if Task.isCancelled { self.endSend(id, with: .failure(CancellationError())) }
                    return
                }
                continuation.resume(with: Result { try self.conclude(outcome) })
            }
        } onCancel: {
            self.endSend(id, with: .failure(CancellationError()))
        }
    }

    /// All peers are sockets of this process: what is waited for is the work of another thread, not of a network.
    private var hasNeighboursOnly: Bool { self.state.withLock { $0.slots.occupied > 0 && $0.slots.wires == 0 } }

    /// Waits until a message is there, the time is up (nil) or the task is cancelled; then nothing was taken.
    func receiveWaiting(within limit: Duration?) async throws -> P.Incoming? {
        // Where messages go both ways, tasks take turns on one thread faster than two threads wait for each other.
        if P.type == .pull, self.hasNeighboursOnly,
            self.patience.wait(until: { self.state.withLock { $0.pattern.canReceive } }),
            let incoming = try self.tryReceiveWithCare()
        {
            return incoming
        }
        if P.answers, let incoming = try await self.receiveDirectly() { return incoming }
        let id = self.makeWaiterID()
        var timer: CallTimer?
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            try await Resumption.suspend { continuation in
                var signals = SignalList()
                var source: (any DirectSource)?
                let wouldRead = self.wouldRead()
                let result = self.state.withLock { state -> Result<P.Incoming, ZeroMQError>? in
                    guard case .open = state.phase else { return .failure(.socketClosed) }
                    if let fault = state.pattern.receivingFault { return .failure(fault) }
                    if let incoming = state.receive(&signals) { return .success(incoming) }
                    state.receivers.append(ReceiveWaiter(id: id, continuation: continuation))
                    if P.answers { source = state.direct.wait(wanting: wouldRead) }
                    return nil
                }
                signals.deliver()
                source?.returnReading()
                switch result {
                case .success(let incoming): continuation.resume(returning: incoming)
                case .failure(let error): continuation.resume(throwing: error)
                case nil:
                    timer = self.startTimer(limit) { $0.endReceive(id, with: .success(nil)) }
                    if Task.isCancelled { self.endReceive(id, with: .failure(CancellationError())) }
                }
            }
        } onCancel: {
            self.endReceive(id, with: .failure(CancellationError()))
        }
    }

    /// Only for a waiter that is in its list: a timer that fires before would find nobody.
    private func startTimer(
        _ limit: Duration?, _ action: @escaping @Sendable (SocketCore<P>) -> Void
    ) -> CallTimer? {
        guard let limit else { return nil }
        return self.startTimer(in: TimeAmount(limit)) { action(self) }
    }

    func hasRoom(for id: RoutingID) throws(ZeroMQError) -> Bool where P == RouterPattern {
        try self.state.withLock { state throws(ZeroMQError) -> Bool in
            guard case .open = state.phase else { throw .socketClosed }
            guard let peer = state.pattern.find(.id(id)) else { throw .unroutable(.id(id)) }
            return state.slots[peer].room(atMost: 1) > 0
        }
    }

    private func endSend(_ id: WaiterID, with result: Result<Bool, any Error>) {
        let waiter = self.state.withLock { state -> SendWaiter? in
            guard let index = state.senders.firstIndex(where: { $0.id == id }) else { return nil }
            return state.senders.remove(at: index)
        }
        waiter?.continuation.resume(with: result)
    }

    private func endReceive(_ id: WaiterID, with result: Result<P.Incoming?, any Error>) {
        let waiter = self.state.withLock { state -> ReceiveWaiter<P.Incoming>? in
            guard let index = state.receivers.firstIndex(where: { $0.id == id }) else { return nil }
            return state.receivers.remove(at: index)
        }
        waiter?.continuation.resume(with: result)
    }

    // MARK: Serving those who wait

    /// Hands messages to waiting receivers, one lock and one resumption at a time, then tells watchers.
    func serveReceivers(after readable: PeerID? = nil) {
        var readable = readable
        while true {
            var signals = SignalList()
            let step = self.state.withLock { state -> ReceiveStep in
                if let peer = readable { state.becameReadable(peer, &signals) }
                return state.nextReceiveStep(&signals)
            }
            readable = nil
            signals.deliver()
            switch step {
            case .handOver(let waiter, let incoming): waiter.continuation.resume(returning: incoming)
            case .watchers(let watchers):
                for watcher in watchers { watcher.fire() }
                return
            case .nothing: return
            }
        }
    }

    /// Takes the messages of waiting senders as far as there is room now, then tells watchers.
    func serveSenders(after writable: PeerID? = nil) {
        var writable = writable
        while true {
            let step = self.state.withLock { state -> SendStep in
                if let peer = writable, state.slots.holds(peer), state.slots[peer.index].isJoined {
                    state.pattern.becameWritable(peer.index)
                }
                return state.nextSendStep()
            }
            writable = nil
            switch step {
            case .concluded(let waiter, let outcome):
                waiter.continuation.resume(with: Result { try self.conclude(outcome) })
            case .watchers(let watchers):
                for watcher in watchers { watcher.fire() }
                return self.deliverDeferred()
            case .nothing: return self.deliverDeferred()
            }
        }
    }

    enum ReceiveStep: Sendable {
        case handOver(ReceiveWaiter<P.Incoming>, P.Incoming)
        case watchers([Readiness])
        case nothing
    }

    enum SendStep: Sendable {
        case concluded(SendWaiter, SendOutcome)
        case watchers([Readiness])
        case nothing
    }
}

extension SocketCore.State {
    fileprivate mutating func receiveIfOpen(_ signals: inout SignalList) -> Result<P.Incoming?, ZeroMQError> {
        guard case .open = self.phase else { return .failure(.socketClosed) }
        if let fault = self.pattern.receivingFault { return .failure(fault) }
        return .success(self.receive(&signals))
    }

    /// Messages wait from a peer, or it has gone: then it is forgotten, whether anybody receives or not.
    fileprivate mutating func becameReadable(_ peer: PeerID, _ signals: inout SignalList) {
        guard self.slots.holds(peer), let pipe = self.slots[peer.index].pipe else { return }
        if P.absorbs { return self.absorb(from: peer.index, &signals) }
        if self.slots[peer.index].local.isEmpty, pipe.inbound.isExhausted {
            self.forget(peer.index)
        } else {
            self.pattern.becameReadable(peer.index)
        }
    }

    fileprivate mutating func nextReceiveStep(_ signals: inout SignalList) -> SocketCore.ReceiveStep {
        if !self.receivers.isEmpty, let incoming = self.receive(&signals) {
            return .handOver(self.receivers.removeFirst(), incoming)
        }
        var watchers: [Readiness] = []
        if P.absorbs { swap(&watchers, &self.observers) }
        if self.pattern.canReceive {
            watchers += self.readers
            self.readers.removeAll()
        }
        return watchers.isEmpty ? .nothing : .watchers(watchers)
    }

    fileprivate mutating func nextSendStep() -> SocketCore.SendStep {
        var index = self.senders.startIndex
        while index < self.senders.endIndex {
            let waiter = self.senders[index]
            let outcome = self.send(waiter.message, to: waiter.destination, behind: waiter.envelope)
            if case .wait = outcome {
                // Who waits for any peer waits in vain with those before; who waits for one may be luckier.
                guard case .any = waiter.destination else {
                    index = self.senders.index(after: index)
                    continue
                }
                return .nothing
            }
            self.senders.remove(at: index)
            return .concluded(waiter, outcome)
        }
        guard !self.writers.isEmpty, self.pattern.canSend else { return .nothing }
        defer { self.writers.removeAll() }
        return .watchers(self.writers)
    }
}

// MARK: Waiting without taking

extension SocketCore {

    /// Fires the watcher once the socket could be read or written; true if it can be at once.
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
    func watch(_ readiness: Readiness, for interest: SocketInterest) -> Bool {
        var source: (any DirectSource)?
        defer { source?.returnReading() }
        return self.state.withLock { state in
            guard case .open = state.phase else { return true }
            switch interest {
            case .reading:
                if state.pattern.canReceive { return true }
                state.readers.append(readiness)
                source = state.direct.wait(wanting: false)
            case .writing:
                if state.pattern.canSend { return true }
                state.writers.append(readiness)
            case .closing:
                state.others.append(readiness)
            }
            return false
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
    func unwatch(_ readiness: Readiness) {
        self.state.withLock { state in
            state.readers.removeAll { $0 === readiness }
            state.writers.removeAll { $0 === readiness }
            state.others.removeAll { $0 === readiness }
            state.observers.removeAll { $0 === readiness }
        }
    }
}
