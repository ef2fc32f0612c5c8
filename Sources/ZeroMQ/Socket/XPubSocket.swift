// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// XPUB: a PUB that receives the subscriptions of its peers, as messages (RFC 29). Talks to SUB and XSUB.
///
/// Read them with `Subscription(message)`. Which ones are received is a matter of ``SocketOptions/xpubVerbosity``; a peer that
/// leaves cancels all that it had. Other messages that XSUB peers send are received as they are.
///
/// What nobody receives waits here, up to ``SocketOptions/receiveByteLimit``; then no more is taken from peers, and with
/// that no subscriptions.
public final class XPubSocket: PublishingSocket, ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<XPubPattern>

    init(_ core: SocketCore<XPubPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Sends a message to all who subscribed to what its first part begins with.
    ///
    /// - Returns: True; false if ``SocketOptions/xpubNoDrop`` is set and one of them has no room.
    /// - Throws: `.closed`.
    public func trySend(_ message: Message) throws -> Bool {
        try self.core.trySend(message)
    }

    /// Sends a message to all who subscribed to what its first part begins with. Suspends only if
    /// ``SocketOptions/xpubNoDrop`` is set and one of them has no room; then at most for the given time.
    public func send(_ message: Message, within limit: Duration?) async throws {
        guard try await self.core.sendWaiting(message, to: .any, behind: nil, within: limit) else {
            throw ZeroMQError.sendTimedOut(limit ?? .zero)
        }
    }

    /// Takes a message if one is there; see ``ReceivingSocket/tryReceive()``.
    public func tryReceive() throws -> Message? {
        try self.core.tryReceive()
    }

    /// Receives a message, waiting at most a given time; see ``ReceivingSocket/receive(within:)``.
    public func receive(within limit: Duration?) async throws -> Message? {
        try await self.core.receiveWaiting(within: limit)
    }

    /// With ``SocketOptions/xpubManual``: gives a topic to the peer whose request was received last.
    ///
    /// - Throws: `.wrongState` if no request was received, or the peer has gone; `.closed`.
    public func subscribe(to topic: Message.Part) throws {
        try self.core.apply(Subscription(topic.detached()))
    }

    /// With ``SocketOptions/xpubManual``: takes a topic from the peer whose request was received last.
    ///
    /// - Throws: `.wrongState` if no request was received, or the peer has gone; `.closed`.
    public func unsubscribe(from topic: Message.Part) throws {
        try self.core.apply(Subscription(topic.detached(), isCancellation: true))
    }
}
