// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// SUB: receives what it has subscribed to (RFC 29). Talks to PUB and XPUB.
///
/// ```swift
/// let subscriber = try context.makeSubSocket()
/// try subscriber.subscribe(to: "weather.")
/// try await subscriber.connect(to: "tcp://127.0.0.1:5556")
/// for try await message in subscriber.messages { print(String(message[0])) }
/// ```
public final class SubSocket: SubscribingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<SubPattern>

    init(_ core: SocketCore<SubPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Takes a message if one is there; see ``ReceivingSocket/tryReceive()``.
    public func tryReceive() throws -> Message? {
        try self.core.tryReceive()
    }

    /// Receives a message, waiting at most a given time; see ``ReceivingSocket/receive(within:)``.
    public func receive(within limit: Duration?) async throws -> Message? {
        try await self.core.receiveWaiting(within: limit)
    }
}
