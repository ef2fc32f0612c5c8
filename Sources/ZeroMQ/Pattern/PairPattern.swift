// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZMTP

/// PAIR: one peer and no other as long as it is there (RFC 31).
struct PairPattern: Pattern {
    static var type: SocketType { .pair }

    private var peer: Int?
    private var hasRoom = false
    private var hasMessages = false

    init(_ rules: PatternRules) {}

    mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        guard self.peer == nil else { return .refused("PAIR has a peer already and takes no other (RFC 31)") }
        self.peer = peer
        self.hasRoom = true
        self.hasMessages = false
        return .joined
    }

    mutating func closeSending(to peer: Int) {
        if peer == self.peer { self.hasRoom = false }
    }

    mutating func leave(_ peer: Int) {
        guard peer == self.peer else { return }
        self.peer = nil
        self.hasRoom = false
        self.hasMessages = false
    }

    mutating func becameReadable(_ peer: Int) { if peer == self.peer { self.hasMessages = true } }
    mutating func becameWritable(_ peer: Int) { if peer == self.peer { self.hasRoom = true } }

    var canSend: Bool { self.hasRoom }

    mutating func route(to destination: Destination) -> Route {
        guard let peer, self.hasRoom else { return .wait }
        return .to(peer)
    }

    mutating func didSend(to peer: Int) {}
    mutating func didFindFull(_ peer: Int) { self.hasRoom = false }

    var canReceive: Bool { self.hasMessages }
    var source: Int? { self.hasMessages ? self.peer : nil }
    mutating func didEmpty(_ peer: Int) { self.hasMessages = false }
    mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? { message }
}
