// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// The rules that PUB and XPUB have in common, by way of their publisher.
package protocol PublishingPattern: Pattern {
    var publisher: Publisher { get set }
}

extension PublishingPattern where Incoming == Message {
    package mutating func update(_ rules: PatternRules) { self.publisher.update(rules.publishing) }

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.publisher.join(peer, key: key)
        return .joined
    }

    package mutating func closeSending(to peer: Int) { self.publisher.leave(peer) }
    package mutating func leave(_ peer: Int) { self.publisher.leave(peer) }
    package mutating func becameReadable(_ peer: Int) {}
    package mutating func becameWritable(_ peer: Int) { self.publisher.becameWritable(peer) }

    package var canSend: Bool { self.publisher.canSend }
    package var quickTarget: Int? { self.publisher.quickTarget }
    package mutating func route(to destination: Destination) -> Route { .drop(.unroutable, for: nil) }
    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) { self.publisher.didFindFull(peer) }

    package mutating func choose(for message: borrowing Message) { self.publisher.choose(for: message) }
    package func nextTarget(from peer: Int) -> Int? { self.publisher.nextTarget(from: peer) }
    package var waitsForAll: Bool { self.publisher.waitsForAll }
    package mutating func didPublish() { self.publisher.didPublish() }
    package var welcome: Message? { self.publisher.welcome }

    package var topicCount: Int { self.publisher.topicCount }
    package var canAbsorb: Bool { self.publisher.canAbsorb }
    package mutating func absorb(_ message: Message, from peer: Int) { self.publisher.absorb(message, from: peer) }

    package func subscriberCount(for part: Message.Part?) -> Int { self.publisher.subscriberCount(for: part) }

    package mutating func setManually(_ subscription: Subscription) -> Bool {
        self.publisher.setManually(subscription)
    }

    package var source: Int? { nil }
    package mutating func didEmpty(_ peer: Int) {}
    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? { nil }
    package var unwantedCount: Int { self.publisher.unwantedCount }
}
