// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// PULL: from many in turn (RFC 30).
struct PullPattern: Pattern {
    static var type: SocketType { .pull }

    private var incoming = RoundRobin()

    init(_ rules: PatternRules) {}

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    mutating func closeSending(to peer: Int) {}
    mutating func leave(_ peer: Int) { self.incoming.remove(peer) }
    mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    mutating func becameWritable(_ peer: Int) {}

    var sendingFault: ZeroMQError? { .cannotSend(.pull) }
    var canSend: Bool { false }
    mutating func route(to destination: Destination) -> Route { .fail(.cannotSend(.pull)) }
    mutating func didSend(to peer: Int) {}
    mutating func didFindFull(_ peer: Int) {}

    var canReceive: Bool { self.incoming.hasActive }
    var source: Int? { self.incoming.current }
    mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        return message
    }
}
