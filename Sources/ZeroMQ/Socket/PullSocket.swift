// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// PULL: takes messages from its peers in turn (RFC 30). Talks to PUSH.
public final class PullSocket: ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<PullPattern>

    init(_ core: SocketCore<PullPattern>) {
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
