// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// DEALER: to one of many in turn, from many in turn, nothing filtered and nothing dropped (RFC 28).
package struct DealerPattern: Pattern {
    package static var type: SocketType { .dealer }
    package static var passesFrames: Bool { true }
    package static var answers: Bool { true }

    private var outgoing = RoundRobin()
    private var incoming = RoundRobin()

    package init(_ rules: PatternRules) {}

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.outgoing.add(peer, isActive: true)
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    package mutating func closeSending(to peer: Int) { self.outgoing.remove(peer) }

    package mutating func leave(_ peer: Int) {
        self.outgoing.remove(peer)
        self.incoming.remove(peer)
    }

    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) { self.outgoing.activate(peer) }

    package var canSend: Bool { self.outgoing.hasActive }

    package var quickTarget: Int? { self.outgoing.current }

    package mutating func route(to destination: Destination) -> Route {
        guard let peer = self.outgoing.current else { return .wait }
        return .to(peer)
    }

    package mutating func didSend(to peer: Int) { self.outgoing.advance() }
    package mutating func didFindFull(_ peer: Int) { self.outgoing.deactivate(peer) }

    package var canReceive: Bool { self.incoming.hasActive }
    package var source: Int? { self.incoming.current }
    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func didTake(from peer: Int) { self.incoming.advance() }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        return message
    }
}
