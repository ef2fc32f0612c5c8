// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// REP: receives a request, sends its reply, and so on in turns (RFC 28).
///
/// Talks to REQ, and to DEALERs that put the empty delimiter in front of requests. The addresses and the delimiter of
/// a request are kept aside and put in front of its reply. Requests without a delimiter, or without a body behind it,
/// are discarded. Out of turn, sending and receiving throw `.wrongState`. Sending never waits: the reply to a peer
/// that has gone, or has no room, is dropped.
public final class RepSocket: SendingSocket, ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<RepPattern>

    init(_ core: SocketCore<RepPattern>) {
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
