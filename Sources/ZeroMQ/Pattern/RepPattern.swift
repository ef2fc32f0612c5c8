// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// REP: a request from one of many in turn, then the reply to it, and so on (RFC 28).
///
/// Keeps everything up to and including the first empty part of a request and puts it in front of the reply. Requests
/// without a delimiter or without a body are discarded. Sending never waits: a reply that cannot leave is dropped.
package struct RepPattern: Pattern {
    package static var type: SocketType { .rep }
    package static var answers: Bool { true }
    package static var takesTurns: Bool { true }
    package static var sendingEnablesReceiving: Bool { true }

    private enum Phase: Sendable {
        case receiving
        case replying(to: Int)
        /// The reply has nowhere to go: the peer has left, or has no room.
        case replyingToNobody(DropReason, for: Int?)
    }

    private var incoming = RoundRobin()
    private var phase = Phase.receiving
    package private(set) var envelope: Envelope?

    package init(_ rules: PatternRules) {}

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    package mutating func closeSending(to peer: Int) {
        switch self.phase {
        case .replying(to: peer), .replyingToNobody(_, for: peer): self.phase = .replyingToNobody(.unroutable, for: nil)
        case .receiving, .replying, .replyingToNobody: break
        }
    }

    package mutating func leave(_ peer: Int) {
        self.incoming.remove(peer)
        self.closeSending(to: peer)
    }

    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) {}

    // MARK: Sending

    package var sendingFault: ZeroMQError? {
        guard case .receiving = self.phase else { return nil }
        return ZeroMQError(.wrongState, "REP cannot send: expected a request to be received first (RFC 28)")
    }

    package var canSend: Bool { self.sendingFault == nil }

    package mutating func route(to destination: Destination) -> Route {
        switch self.phase {
        case .replying(to: let peer): .to(peer)
        case .replyingToNobody(let reason, for: let peer): .drop(reason, for: peer)
        case .receiving: .drop(.unroutable, for: nil)
        }
    }

    package mutating func didSend(to peer: Int) { self.finishReply() }
    package mutating func didDrop() { self.finishReply() }
    package mutating func didFindFull(_ peer: Int) { self.phase = .replyingToNobody(.highWaterMark, for: peer) }

    private mutating func finishReply() {
        self.phase = .receiving
        self.envelope = nil
    }

    // MARK: Receiving

    package var receivingFault: ZeroMQError? {
        if case .receiving = self.phase { return nil }
        return ZeroMQError(
            .wrongState, "REP cannot receive: expected the reply to the last request to be sent first (RFC 28)")
    }

    package var canReceive: Bool { self.source != nil }

    package var source: Int? {
        guard case .receiving = self.phase else { return nil }
        return self.incoming.current
    }

    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        guard let (envelope, body) = message.splitAtDelimiter() else { return nil }
        self.envelope = envelope
        self.phase = .replying(to: peer)
        return body
    }

    package var discardReason: DropReason? { .malformed }
}
