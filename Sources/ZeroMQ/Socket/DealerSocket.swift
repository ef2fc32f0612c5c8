// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// DEALER: sends to its peers in turn and receives from them in turn, at any time and in any order (RFC 28).
///
/// The asynchronous client: any number of requests may be under way, any number of replies may come. Talks to ROUTER,
/// DEALER and REP; towards REP it puts the empty delimiter in front itself and finds it in front of the reply.
///
/// Sending suspends while no peer has room; nothing is dropped.
public final class DealerSocket: SendingSocket, ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<DealerPattern>

    init(_ core: SocketCore<DealerPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Sends a message if a peer has room for it at once; see ``SendingSocket/trySend(_:)``.
    public func trySend(_ message: Message) throws -> Bool {
        try self.core.trySend(message)
    }

    /// Sends a message, waiting at most a given time; see ``SendingSocket/send(_:within:)``.
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
}
