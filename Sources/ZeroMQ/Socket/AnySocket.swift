// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A socket whose type is chosen at run time, for tools and proxies.
///
/// Everything is a plain message: a ROUTER's has the routing id of the peer as its first part, both ways. A type that
/// cannot send or receive throws `.notSupported`.
public final class AnySocket: SendingSocket, ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl

    init(_ engine: any SocketEngine) {
        self.control = SocketControl(engine: engine)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Connects an endpoint and names its peer, so that messages can be sent to it at once, before it is there.
    ///
    /// The name lasts as long as the endpoint is connected, whatever the peer says it is. With
    /// ``SocketOptions/immediate`` the peer has it while a connection is ready. Twin of `ZMQ_CONNECT_ROUTING_ID`.
    ///
    /// - Parameters:
    ///   - endpoint: As for ``Socket/connect(to:)``.
    ///   - routingID: What to call the peer.
    /// - Throws: `.addressInUse` if a peer has this routing id already, `.notSupported` for types other than ROUTER; else as ``Socket/connect(to:)``.
    public func connect(to endpoint: String, as routingID: RoutingID) async throws {
        try self.control.engine.connect(to: endpoint, as: routingID)
    }

    /// Sends a message if a peer has room for it at once; see ``SendingSocket/trySend(_:)``.
    public func trySend(_ message: Message) throws -> Bool {
        try self.control.engine.trySendOpen(message)
    }

    /// Sends a message, waiting at most a given time; see ``SendingSocket/send(_:within:)``.
    public func send(_ message: Message, within limit: Duration?) async throws {
        guard try await self.control.engine.sendOpenWaiting(message, within: limit) else {
            throw ZeroMQError.sendTimedOut(limit ?? .zero)
        }
    }

    /// Takes a message if one is there; see ``ReceivingSocket/tryReceive()``.
    public func tryReceive() throws -> Message? {
        try self.control.engine.tryReceiveOpen().map(Self.close)
    }

    /// Receives a message, waiting at most a given time; see ``ReceivingSocket/receive(within:)``.
    public func receive(within limit: Duration?) async throws -> Message? {
        try await self.control.engine.receiveOpenWaiting(within: limit).map(Self.close)
    }

    /// Wants messages that begin with the topic; see ``SubscribingSocket/subscribe(to:)``. For XPUB in manual mode see
    /// ``XPubSocket/subscribe(to:)``.
    ///
    /// - Throws: `.notSupported` for types that do not subscribe.
    public func subscribe(to topic: Message.Part = "") throws {
        try self.control.engine.apply(Subscription(topic.detached()))
    }

    /// Takes a subscription back; see ``SubscribingSocket/unsubscribe(from:)``.
    ///
    /// - Throws: `.notSupported` for types that do not subscribe.
    public func unsubscribe(from topic: Message.Part = "") throws {
        try self.control.engine.apply(Subscription(topic.detached(), isCancellation: true))
    }

    /// How many peers would get a message with this first part; see ``PublishingSocket/subscriberCount(for:)``. Always 0
    /// for types that do not publish.
    public func subscriberCount(for firstPart: Message.Part? = nil) -> Int {
        self.control.engine.subscriberCount(for: firstPart)
    }

    /// Waits for subscribers; see ``PublishingSocket/waitForSubscribers(_:to:within:)``.
    ///
    /// - Throws: `.notSupported` for types that do not publish.
    public func waitForSubscribers(
        _ count: Int = 1, to topic: Message.Part? = nil, within limit: Duration? = nil
    ) async throws {
        try await self.control.engine.waitForSubscribers(count, for: topic, within: limit)
    }

    private static func close(_ opened: (peer: Peer?, message: Message)) -> Message {
        guard let peer = opened.peer else { return opened.message }
        return opened.message.prepending(Envelope(addressing: peer.routingID))
    }
}
