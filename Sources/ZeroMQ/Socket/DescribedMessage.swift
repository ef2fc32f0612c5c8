// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization
public import ZMTP

/// A message, and what is known of the connection it came through. Twin of a message with `zmq_msg_gets`.
public struct DescribedMessage: Sendable {
    /// Who sent it, if the socket is a ROUTER; send the answer there.
    public let peer: Peer?
    /// The message, without the address.
    public let message: Message
    /// What the peer said of itself, and where it is: ``SocketEvent/PeerDescription/property(_:)`` looks it up by name.
    ///
    /// A value of its own: it can be read after the peer has left. Nil over inproc, where nothing is announced, and for
    /// XPUB, which receives what several peers want as one. At a connected endpoint that has lost its peer and found it
    /// again, messages that were not received before count as those of the present connection.
    public let origin: SocketEvent.PeerDescription?
}

extension ReceivingSocket {
    /// Takes a message with a description of its connection if one is there; see ``tryReceive()``.
    public func tryReceiveDescribed() throws -> DescribedMessage? {
        try self.control.engine.tryReceiveDescribed()
    }

    /// Receives a message with a description of its connection; suspends until one is there.
    ///
    /// As ``receive()``, but slower where it has to wait: tasks that wait in ``receive()`` are served first. The
    /// properties are kept once for each connection and cost nothing where nobody asks for them.
    ///
    /// - Throws: `CancellationError`, `.wrongState` if it is not the socket's turn (REQ, REP), `.closed`.
    public func receiveDescribed() async throws -> DescribedMessage {
        guard let message = try await self.receiveDescribed(within: nil) else { throw ZeroMQError.socketClosed }
        return message
    }

    /// Receives a message with a description of its connection, waiting at most a given time; nil waits for ever.
    ///
    /// - Returns: nil if none came in time.
    /// - Throws: As ``receiveDescribed()``; no message was then taken.
    public func receiveDescribed(within limit: Duration?) async throws -> DescribedMessage? {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            if let message = try self.tryReceiveDescribed() { return message }
            try Task.checkCancellation()
            if let deadline, ContinuousClock.now >= deadline { return nil }
            await Readiness.wait(for: [(self.control.engine, .reading)], until: deadline)
        }
    }
}

extension SocketCore {
    func describe(_ peer: PeerID, as description: SocketEvent.PeerDescription) {
        let profile = PeerProfile(description)
        self.state.withLock { state in
            if state.slots.holds(peer) { state.slots[peer.index].profile = profile }
        }
    }

    func description(of peer: PeerID) -> SocketEvent.PeerDescription? {
        self.state.withLock { $0.slots.holds(peer) ? $0.slots[peer.index].profile : nil }?.description
    }

    func tryReceiveDescribed() throws(ZeroMQError) -> DescribedMessage? {
        var signals = SignalList()
        let result = self.state.withLock { state -> Result<(P.Incoming, PeerProfile?)?, ZeroMQError> in
            guard case .open = state.phase else { return .failure(.socketClosed) }
            if let fault = state.pattern.receivingFault { return .failure(fault) }
            return .success(state.receiveDescribed(&signals))
        }
        signals.deliver()
        guard let (incoming, profile) = try result.get() else { return nil }
        let (peer, message) = P.open(incoming)
        return DescribedMessage(peer: peer, message: message, origin: profile?.description)
    }
}

extension SocketCore.State {
    fileprivate mutating func receiveDescribed(_ signals: inout SignalList) -> (P.Incoming, PeerProfile?)? {
        // What a publisher has looked at is no longer known to be anybody's.
        if P.absorbs { return self.receiveAbsorbed(&signals).map { ($0, nil) } }
        while let peer = self.pattern.source {
            guard let message = self.take(from: peer, &signals) else { continue }
            let profile = self.slots[peer].profile
            if let incoming = self.pattern.deliver(message, from: peer) { return (incoming, profile) }
            self.countDiscarded(from: peer)
        }
        return nil
    }
}
