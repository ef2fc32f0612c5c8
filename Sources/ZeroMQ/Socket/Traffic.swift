// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// What has passed between a socket and one peer, or all of its peers together.
///
/// Every message that a socket took to send it is, at any moment, still queued, handed over, counted in ``dropped`` or
/// in ``unknown``. Handed over means that the system has it, or over inproc the other socket; what a system holds for a
/// peer that breaks its connection is lost without a trace, which only answers of the peer could tell.
public struct Traffic: Sendable, Hashable {
    /// Messages that were taken for the peer, whatever has become of them since.
    public internal(set) var sentMessages = 0
    /// The octets of those that have left the queue, as they are on the wire; not counted over inproc.
    public internal(set) var sentBytes = 0
    /// Messages that wait for the peer's connection; over inproc, for the application at the other end.
    public internal(set) var queuedMessages = 0
    /// The octets of them.
    public internal(set) var queuedBytes = 0
    /// Messages that the application has received.
    public internal(set) var receivedMessages = 0
    /// The octets of all that was handed on to the socket, roughly: small parts are counted with their framing.
    public internal(set) var receivedBytes = 0
    /// Messages of the peer that wait for the application.
    public internal(set) var unreadMessages = 0
    /// Messages that were thrown away, by reason.
    public internal(set) var dropped = DropCounts()
    /// Messages that were being written when a connection broke: nobody can say whether the peer got them. They are
    /// not sent again.
    public internal(set) var unknown = 0

    /// Nothing yet.
    public init() {}

    /// Both together.
    public static func + (left: Traffic, right: Traffic) -> Traffic {
        var sum = left
        sum.sentMessages += right.sentMessages
        sum.sentBytes += right.sentBytes
        sum.queuedMessages += right.queuedMessages
        sum.queuedBytes += right.queuedBytes
        sum.receivedMessages += right.receivedMessages
        sum.receivedBytes += right.receivedBytes
        sum.unreadMessages += right.unreadMessages
        sum.dropped = left.dropped + right.dropped
        sum.unknown += right.unknown
        return sum
    }
}

extension Slot {
    /// What has passed so far, from what the queues count anyway.
    var traffic: Traffic {
        var traffic = Traffic()
        guard let pipe = self.pipe else { return traffic }
        let inward = pipe.inbound.account
        traffic.dropped = self.dropped
        traffic.dropped.add(inward.unwanted, .unwanted)
        traffic.dropped.add(inward.unread, .unread)
        traffic.dropped.add(inward.replaced + self.outgoing.replaced, .conflate)
        traffic.unreadMessages = inward.waiting + self.local.count
        traffic.receivedMessages = inward.taken - self.local.count - self.discarded
        traffic.receivedBytes = inward.takenBytes
        if let outward = pipe.direct?.account {
            traffic.sentMessages = outward.entered
            traffic.queuedMessages = outward.waiting
            traffic.queuedBytes = outward.waitingBytes
        } else {
            traffic.sentMessages = self.outgoing.accepted
            traffic.sentBytes = self.outgoing.takenBytes
            traffic.queuedMessages = self.outgoing.count
            traffic.queuedBytes = self.outgoing.waitingBytes
            traffic.unknown = self.outgoing.unknown
        }
        return traffic
    }
}
