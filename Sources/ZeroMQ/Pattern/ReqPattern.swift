// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// REQ: a request to one of many in turn, then its reply, and so on (RFC 28).
///
/// Puts an empty delimiter in front of each request and takes it off the reply. Only the peer that got the request
/// is listened to; what others say meanwhile, and what has no delimiter, is discarded.
package struct ReqPattern: Pattern {
    package static var type: SocketType { .req }
    package static var answers: Bool { true }
    package static var takesTurns: Bool { true }
    package static var discardsWaitingOnSend: Bool { true }

    private enum Phase: Sendable {
        case idle
        /// The peer is nil once the one that was asked has gone: then any peer's well-formed reply will do.
        case awaiting(peer: Int?)
    }

    private var outgoing = RoundRobin()
    private var incoming = RoundRobin()
    private var phase = Phase.idle
    private var rules: PatternRules
    /// The request under way carries a number, which its reply must repeat whatever the rule is by then.
    private var isNumbered = false
    /// The number of the request under way, and that of the next one, which its envelope carries (ZMQ_REQ_CORRELATE).
    private var requestID: UInt32
    private var nextRequestID: UInt32
    package private(set) var envelope: Envelope?
    package private(set) var discardReason: DropReason?

    package init(_ rules: PatternRules) {
        self.rules = rules
        self.requestID = rules.seed
        self.nextRequestID = rules.seed
        self.envelope = rules.correlates ? Self.envelope(correlating: rules.seed) : .delimiter
    }

    package mutating func update(_ rules: PatternRules) {
        self.rules = rules
        self.envelope = rules.correlates ? Self.envelope(correlating: self.nextRequestID) : .delimiter
    }

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.outgoing.add(peer, isActive: true)
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    package mutating func closeSending(to peer: Int) { self.outgoing.remove(peer) }

    package mutating func leave(_ peer: Int) {
        self.outgoing.remove(peer)
        self.incoming.remove(peer)
        if case .awaiting(peer: peer) = self.phase { self.phase = .awaiting(peer: nil) }
    }

    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) { self.outgoing.activate(peer) }

    // MARK: Sending

    package var sendingFault: ZeroMQError? {
        guard case .awaiting = self.phase, !self.rules.isRelaxed else { return nil }
        return ZeroMQError(
            .wrongState,
            "REQ cannot send: expected to receive the reply to the last request first (RFC 28, ZMQ_REQ_RELAXED)")
    }

    package var canSend: Bool { self.outgoing.hasActive && self.sendingFault == nil }

    package mutating func route(to destination: Destination) -> Route {
        guard let peer = self.outgoing.current else { return .wait }
        return .to(peer)
    }

    package mutating func didSend(to peer: Int) {
        self.outgoing.advance()
        self.phase = .awaiting(peer: peer)
        self.isNumbered = self.rules.correlates
        guard self.isNumbered else { return }
        self.requestID = self.nextRequestID
        self.nextRequestID &+= 1
        self.envelope = Self.envelope(correlating: self.nextRequestID)
    }

    package mutating func didFindFull(_ peer: Int) { self.outgoing.deactivate(peer) }

    // MARK: Receiving

    package var receivingFault: ZeroMQError? {
        guard case .idle = self.phase else { return nil }
        return ZeroMQError(.wrongState, "REQ cannot receive: expected a request to be sent first (RFC 28)")
    }

    package var canReceive: Bool { self.source != nil }

    package var source: Int? {
        guard case .awaiting = self.phase else { return nil }
        return self.incoming.current
    }

    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        self.discardReason = .stale
        guard case .awaiting(let expected) = self.phase, expected ?? peer == peer else { return nil }
        guard let body = self.body(of: message) else { return nil }
        self.phase = .idle
        return body
    }

    /// The reply without its envelope, if that is the one the request had.
    private mutating func body(of reply: consuming Message) -> Message? {
        var reply = reply
        if self.isNumbered {
            guard reply.count > 2, reply.removeFirst() == Self.part(of: self.requestID) else { return nil }
        }
        guard reply.isMultipart, reply.removeFirst().isEmpty else {
            self.discardReason = .malformed
            return nil
        }
        return reply
    }

    private static func part(of id: UInt32) -> Message.Part {
        Message.Part((0..<4).map { UInt8(truncatingIfNeeded: id >> (24 - 8 * $0)) })
    }

    private static func envelope(correlating id: UInt32) -> Envelope {
        Envelope(addressing: Self.part(of: id)).appending(.delimiter)
    }
}
