// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A socket that sends to all who subscribed: PUB and XPUB.
public protocol PublishingSocket: SendingSocket {}

extension PublishingSocket {
    /// How many topics its subscribers want. Twin of `ZMQ_TOPICS_COUNT`.
    public var topicCount: Int { self.control.engine.topicCount }

    /// How many peers would get a message whose first part is this one; without one, how many have subscribed to
    /// anything.
    public func subscriberCount(for firstPart: Message.Part? = nil) -> Int {
        self.control.engine.subscriberCount(for: firstPart)
    }

    /// Suspends until there are so many subscribers.
    ///
    /// What is published before a subscription has arrived does not reach the subscriber, and connecting takes time:
    /// who wants nobody to miss the beginning waits here.
    ///
    /// ```swift
    /// try await publisher.waitForSubscribers(3, to: "weather.")
    /// ```
    ///
    /// - Parameters:
    ///   - count: How many there must be. Default 1.
    ///   - topic: Counts only those who would get a message that begins with this; nil counts all.
    ///   - limit: How long to wait; nil, the default, is for ever.
    /// - Throws: `.timedOut`, `CancellationError`, `.closed`.
    public func waitForSubscribers(
        _ count: Int = 1, to topic: Message.Part? = nil, within limit: Duration? = nil
    ) async throws {
        try await self.control.engine.waitForSubscribers(count, for: topic, within: limit)
    }
}
