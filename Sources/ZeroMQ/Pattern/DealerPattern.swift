// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// DEALER: to one of many in turn, from many in turn, nothing filtered and nothing dropped (RFC 28).
struct DealerPattern: Pattern {
    static var type: SocketType { .dealer }

    private var outgoing = RoundRobin()
    private var incoming = RoundRobin()

    init(_ rules: PatternRules) {}

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.outgoing.add(peer, isActive: true)
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    mutating func closeSending(to peer: Int) { self.outgoing.remove(peer) }

    mutating func leave(_ peer: Int) {
        self.outgoing.remove(peer)
        self.incoming.remove(peer)
    }

    mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    mutating func becameWritable(_ peer: Int) { self.outgoing.activate(peer) }

    var canSend: Bool { self.outgoing.hasActive }

    mutating func route(to destination: Destination) -> Route {
        guard let peer = self.outgoing.current else { return .wait }
        return .to(peer)
    }

    mutating func didSend(to peer: Int) { self.outgoing.advance() }
    mutating func didFindFull(_ peer: Int) { self.outgoing.deactivate(peer) }

    var canReceive: Bool { self.incoming.hasActive }
    var source: Int? { self.incoming.current }
    mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        return message
    }
}
