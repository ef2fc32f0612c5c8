// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// XSUB: a SUB that can also send (RFC 29). Talks to PUB and XPUB.
///
/// A message whose first octet is 1 or 0 is a subscription or its end; see `Subscription`. Others go to all publishers:
/// XPUB receives them, PUB does not. What is received is not filtered once more.
public final class XSubSocket: SubscribingSocket, SendingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<XSubPattern>

    init(_ core: SocketCore<XSubPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Sends a message to all publishers, or subscribes if it is a subscription. Who has no room misses it.
    ///
    /// - Returns: True.
    /// - Throws: `.closed`.
    public func trySend(_ message: Message) throws -> Bool {
        try self.core.trySend(message)
    }

    /// Sends a message as ``trySend(_:)`` does; does not suspend.
    public func send(_ message: Message, within limit: Duration?) async throws {
        _ = try self.core.trySend(message)
    }

    /// Takes a message if one is there; see ``ReceivingSocket/tryReceive()``.
    public func tryReceive() throws -> Message? {
        try self.core.tryReceive()
    }

    /// Receives a message, waiting at most a given time; see ``ReceivingSocket/receive(within:)``.
    public func receive(within limit: Duration?) async throws -> Message? {
        try await self.core.receiveWaiting(within: limit)
    }
}
