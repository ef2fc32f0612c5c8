// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A socket that receives what it has subscribed to: SUB and XSUB.
public protocol SubscribingSocket: ReceivingSocket {}

extension SubscribingSocket {
    /// Wants messages whose first part begins with the topic, from all publishers, now connected or later.
    ///
    /// Returns at once; a publisher knows of it once it has read it. Subscribing twice needs cancelling twice. Kept over
    /// reconnects. Never dropped, whatever the high-water mark. Twin of `ZMQ_SUBSCRIBE`.
    ///
    /// - Parameter topic: Octets, compared as they are. Empty, the default, is everything.
    /// - Throws: `.closed`.
    public func subscribe(to topic: Message.Part = "") throws {
        try self.control.engine.apply(Subscription(topic.detached()))
    }

    /// Takes one subscription back; what is under way of it is discarded (SUB). Without one, nothing happens.
    ///
    /// Twin of `ZMQ_UNSUBSCRIBE`.
    ///
    /// - Throws: `.closed`.
    public func unsubscribe(from topic: Message.Part = "") throws {
        try self.control.engine.apply(Subscription(topic.detached(), isCancellation: true))
    }

    /// How many topics it wants. Twin of `ZMQ_TOPICS_COUNT`.
    public var topicCount: Int { self.control.engine.topicCount }
}
