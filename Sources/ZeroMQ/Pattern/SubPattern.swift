// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// SUB: from many in turn, what begins with a topic that the application wants (RFC 29).
///
/// Publishers filter already. What they sent before they knew of the end of a subscription is filtered here.
package struct SubPattern: Pattern {
    package static var type: SocketType { .sub }
    package static var subscribes: Bool { true }

    private var incoming = RoundRobin()
    private var wanted: TopicCounts
    private let inverts: Bool

    package init(_ rules: PatternRules) {
        self.wanted = TopicCounts(seed: rules.seed)
        self.inverts = rules.publishing.inverts
    }

    // MARK: Subscriptions

    package mutating func apply(_ subscription: Subscription) -> Bool {
        subscription.isCancellation
            ? self.wanted.remove(subscription.topic) ?? false
            : self.wanted.add(subscription.topic)
    }

    package var topics: [Message.Part] { self.wanted.topics }
    package var topicCount: Int { self.wanted.count }

    // MARK: Peers

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        return .joined
    }

    package mutating func closeSending(to peer: Int) {}
    package mutating func leave(_ peer: Int) { self.incoming.remove(peer) }
    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) {}

    package var sendingFault: ZeroMQError? { .cannotSend(.sub) }
    package var canSend: Bool { false }
    package mutating func route(to destination: Destination) -> Route { .fail(.cannotSend(.sub)) }
    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) {}

    // MARK: Receiving

    package var canReceive: Bool { self.incoming.hasActive }
    package var source: Int? { self.incoming.current }
    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        let isWanted = unsafe message.withFirstPart { unsafe self.wanted.matches($0) }
        return isWanted != self.inverts ? message : nil
    }

    package var discardReason: DropReason? { .stale }
}
