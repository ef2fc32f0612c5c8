// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// PUSH: to one of many in turn, nothing dropped; what peers send is thrown away (RFC 30).
package struct PushPattern: Pattern {
    package static var type: SocketType { .push }
    package static var passesFrames: Bool { true }
    package static var receives: Bool { false }

    private var outgoing = RoundRobin()

    package init(_ rules: PatternRules) {}

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.outgoing.add(peer, isActive: true)
        return .joined
    }

    package mutating func closeSending(to peer: Int) { self.outgoing.remove(peer) }
    package mutating func leave(_ peer: Int) { self.outgoing.remove(peer) }
    package mutating func becameReadable(_ peer: Int) {}
    package mutating func becameWritable(_ peer: Int) { self.outgoing.activate(peer) }

    package var canSend: Bool { self.outgoing.hasActive }

    package var quickTarget: Int? { self.outgoing.current }

    package mutating func route(to destination: Destination) -> Route {
        guard let peer = self.outgoing.current else { return .wait }
        return .to(peer)
    }

    package mutating func didSend(to peer: Int) { self.outgoing.advance() }
    package mutating func didFindFull(_ peer: Int) { self.outgoing.deactivate(peer) }

    package var receivingFault: ZeroMQError? { .cannotReceive(.push) }
    package var canReceive: Bool { false }
    package var source: Int? { nil }
    package mutating func didEmpty(_ peer: Int) {}
    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? { nil }
}
