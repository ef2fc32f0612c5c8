// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// PUSH: to one of many in turn, nothing dropped; what peers send is thrown away (RFC 30).
struct PushPattern: Pattern {
    static var type: SocketType { .push }
    static var receives: Bool { false }

    private var outgoing = RoundRobin()

    init(_ rules: PatternRules) {}

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.outgoing.add(peer, isActive: true)
        return .joined
    }

    mutating func closeSending(to peer: Int) { self.outgoing.remove(peer) }
    mutating func leave(_ peer: Int) { self.outgoing.remove(peer) }
    mutating func becameReadable(_ peer: Int) {}
    mutating func becameWritable(_ peer: Int) { self.outgoing.activate(peer) }

    var canSend: Bool { self.outgoing.hasActive }

    mutating func route(to destination: Destination) -> Route {
        guard let peer = self.outgoing.current else { return .wait }
        return .to(peer)
    }

    mutating func didSend(to peer: Int) { self.outgoing.advance() }
    mutating func didFindFull(_ peer: Int) { self.outgoing.deactivate(peer) }

    var receivingFault: ZeroMQError? { .cannotReceive(.push) }
    var canReceive: Bool { false }
    var source: Int? { nil }
    mutating func didEmpty(_ peer: Int) {}
    mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? { nil }
}
