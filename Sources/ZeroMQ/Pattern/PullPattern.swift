// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// PULL: from many in turn (RFC 30).
package struct PullPattern: Pattern {
    package static var type: SocketType { .pull }
    package static var passesFrames: Bool { true }

    private var incoming = RoundRobin()

    package init(_ rules: PatternRules) {}

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    package mutating func closeSending(to peer: Int) {}
    package mutating func leave(_ peer: Int) { self.incoming.remove(peer) }
    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) {}

    package var sendingFault: ZeroMQError? { .cannotSend(.pull) }
    package var canSend: Bool { false }
    package mutating func route(to destination: Destination) -> Route { .fail(.cannotSend(.pull)) }
    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) {}

    package var canReceive: Bool { self.incoming.hasActive }
    package var source: Int? { self.incoming.current }
    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func didTake(from peer: Int) { self.incoming.advance() }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        return message
    }
}
