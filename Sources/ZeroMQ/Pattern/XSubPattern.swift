// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

package import ZMTP

/// XSUB: as SUB, with subscriptions sent as messages; other messages go to all publishers (RFC 29).
///
/// What is received is not filtered, since whoever stands behind a proxy filters for himself.
package struct XSubPattern: Pattern {
    package static var type: SocketType { .xsub }
    package static var subscribes: Bool { true }
    package static var fansOut: Bool { true }

    private var incoming = RoundRobin()
    private var wanted: TopicCounts
    private var members = PeerBits()
    private let looksAtFirstPartOnly: Bool
    private let repeatsCancellations: Bool

    package init(_ rules: PatternRules) {
        self.wanted = TopicCounts(seed: rules.seed)
        self.looksAtFirstPartOnly = rules.publishing.looksAtFirstPartOnly
        self.repeatsCancellations = rules.publishing.repeatsCancellations
    }

    // MARK: Subscriptions

    /// Every subscription is passed on, so that a publisher that wants to see each one does (`ZMQ_XPUB_VERBOSE`); of
    /// cancellations only the last one of a topic, unless all are wanted (`ZMQ_XSUB_VERBOSE_UNSUBSCRIBE`).
    package mutating func apply(_ subscription: Subscription) -> Bool {
        guard subscription.isCancellation else {
            _ = self.wanted.add(subscription.topic)
            return true
        }
        return self.wanted.remove(subscription.topic) ?? false || self.repeatsCancellations
    }

    package var topics: [Message.Part] { self.wanted.topics }
    package var topicCount: Int { self.wanted.count }

    package func split(_ message: Message) -> (subscriptions: [Subscription], rest: Message?) {
        if let subscription = Subscription(message) { return ([subscription], nil) }
        guard message.isMultipart else { return ([], message) }
        var subscriptions: [Subscription] = []
        var rest: [Message.Part] = []
        for (number, part) in message.enumerated() {
            if number == 0 || !self.looksAtFirstPartOnly, let subscription = Subscription(part: part) {
                subscriptions.append(subscription)
            } else {
                rest.append(part)
            }
        }
        if subscriptions.isEmpty { return ([], message) }
        return (subscriptions, rest.isEmpty ? nil : Message(parts: rest))
    }

    // MARK: Peers

    package mutating func join(_ peer: Int, key: PeerID, as id: RoutingID?) -> JoinDecision {
        self.incoming.add(peer, isActive: false)
        self.members.insert(peer)
        return .joined
    }

    package mutating func closeSending(to peer: Int) { self.members.remove(peer) }

    package mutating func leave(_ peer: Int) {
        self.incoming.remove(peer)
        self.members.remove(peer)
    }

    package mutating func becameReadable(_ peer: Int) { self.incoming.activate(peer) }
    package mutating func becameWritable(_ peer: Int) {}

    // MARK: Sending

    package var canSend: Bool { true }
    package mutating func route(to destination: Destination) -> Route { .drop(.unroutable, for: nil) }
    package mutating func didSend(to peer: Int) {}
    package mutating func didFindFull(_ peer: Int) {}
    package func nextTarget(from peer: Int) -> Int? { self.members.next(from: peer) }

    // MARK: Receiving

    package var canReceive: Bool { self.incoming.hasActive }
    package var source: Int? { self.incoming.current }
    package mutating func didEmpty(_ peer: Int) { self.incoming.deactivate(peer) }

    package mutating func deliver(_ message: consuming Message, from peer: Int) -> Message? {
        self.incoming.advance()
        return message
    }
}
