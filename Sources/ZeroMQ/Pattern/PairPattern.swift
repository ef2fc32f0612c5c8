// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// PAIR: one peer and no other as long as it is there (RFC 31).
package struct PairPattern: Pattern {
    package static var type: SocketType { .pair }
    package static var passesFrames: Bool { true }

    private var peer: Int?
    /// The peer is still there, though messages of it may be read longer.
    private var isReachable = false
    private var hasRoom = false
    private var hasMessages = false

    package init(_ rules: PatternRules) {}

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        guard self.peer == nil else { return .refused("PAIR has a peer already and takes no other (RFC 31)") }
        self.peer = peer
        self.isReachable = true
        self.hasRoom = true
        self.hasMessages = false
        return .joined
    }

    package mutating func closeSending(to peer: Int) {
        if peer == self.peer { self.isReachable = false }
    }

    package mutating func leave(_ peer: Int) {
        guard peer == self.peer else { return }
        self.peer = nil
        self.isReachable = false
        self.hasMessages = false
    }

    package mutating func becameReadable(_ peer: Int) { if peer == self.peer { self.hasMessages = true } }
    package mutating func becameWritable(_ peer: Int) { if peer == self.peer { self.hasRoom = true } }

    package var canSend: Bool { self.isReachable && self.hasRoom }

    package var quickTarget: Int? { self.canSend ? self.peer : nil }

    package mutating func route(to destination: Destination) -> Route {
        guard let peer, self.canSend else { return .wait }
        return .to(peer)
    }

    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) { self.hasRoom = false }

    package var canReceive: Bool { self.hasMessages }
    package var source: Int? { self.hasMessages ? self.peer : nil }
    package mutating func didEmpty(_ peer: Int) { self.hasMessages = false }
    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? { message }
}
