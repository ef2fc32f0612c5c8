// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// REQ: sends a request, receives its reply, and so on in turns (RFC 28).
///
/// Talks to REP and ROUTER. Puts an empty delimiter in front of a request and takes it off the reply. Requests go to
/// peers in turn; until the reply is there, only the peer that was asked is listened to. Out of turn, sending and
/// receiving throw `.wrongState`.
///
/// A peer that never replies blocks the socket, as in libzmq. ``SocketOptions/reqRelaxed`` with
/// ``SocketOptions/reqCorrelate`` lets the next request be sent all the same.
public final class ReqSocket: SendingSocket, ReceivingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<ReqPattern>

    init(_ core: SocketCore<ReqPattern>) {
        self.core = core
        self.control = SocketControl(engine: core)
    }

    deinit { self.control.engine.closeInBackground() }

    /// Sends a request and receives its reply.
    ///
    /// - Throws: `.wrongState` if another request is under way, `CancellationError`, `.closed`. If cancelled after the
    ///   request was sent, its reply is still due.
    public func request(_ message: Message) async throws -> Message {
        try await self.send(message)
        return try await self.receive()
    }

    /// Sends a request and receives its reply, waiting at most a given time for both together.
    ///
    /// - Returns: nil if no reply came in time; it is then still due.
    /// - Throws: As ``request(_:)``, and `.timedOut` if no peer took the request.
    public func request(_ message: Message, within limit: Duration) async throws -> Message? {
        let deadline = ContinuousClock.now + limit
        try await self.send(message, within: limit)
        return try await self.receive(within: max(.zero, deadline - .now))
    }

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
