// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// REP: a request from one of many in turn, then the reply to it, and so on (RFC 28).
///
/// Keeps everything up to and including the first empty part of a request and puts it in front of the reply. Requests
/// without a delimiter or without a body are discarded. Sending never waits: a reply that cannot leave is dropped.
struct RepPattern: Pattern {
    static var type: SocketType { .rep }
    static var sendingEnablesReceiving: Bool { true }

    private enum Phase: Sendable {
        case receiving
        /// The peer is nil once it has gone.
        case replying(to: Int?)
    }

    private var incoming = RoundRobin()
    private var phase = Phase.receiving
    private(set) var envelope: Envelope?

    init(_ rules: PatternRules) {}

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    mutating func closeSending(to peer: Int) {
        if case .replying(to: peer) = self.phase { self.phase = .replying(to: nil) }
    }

    mutating func leave(_ peer: Int) {
        self.incoming.remove(peer)
        if case .replying(to: peer) = self.phase { self.phase = .replying(to: nil) }
    }

    mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    mutating func becameWritable(_ peer: Int) {}

    // MARK: Sending

    var sendingFault: ZeroMQError? {
        guard case .receiving = self.phase else { return nil }
        return ZeroMQError(.wrongState, "REP cannot send: expected a request to be received first (RFC 28)")
    }

    var canSend: Bool { self.sendingFault == nil }

    mutating func route(to destination: Destination) -> Route {
        guard case .replying(let peer?) = self.phase else { return .drop }
        return .to(peer)
    }

    mutating func didSend(to peer: Int) { self.finishReply() }
    mutating func didDrop() { self.finishReply() }
    mutating func didFindFull(_ peer: Int) { self.phase = .replying(to: nil) }

    private mutating func finishReply() {
        self.phase = .receiving
        self.envelope = nil
    }

    // MARK: Receiving

    var receivingFault: ZeroMQError? {
        guard case .replying = self.phase else { return nil }
        return ZeroMQError(.wrongState, "REP cannot receive: expected the reply to the last request to be sent first (RFC 28)")
    }

    var canReceive: Bool { self.source != nil }

    var source: Int? {
        guard case .receiving = self.phase else { return nil }
        return self.incoming.current
    }

    mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        guard let (envelope, body) = message.splitAtDelimiter() else { return nil }
        self.envelope = envelope
        self.phase = .replying(to: peer)
        return body
    }
}
