// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// A socket that sends without naming the receiver: DEALER, PUSH, PAIR, and REQ and REP in their turn.
public protocol SendingSocket: Socket {
    /// Sends a message if a peer has room for it at once.
    ///
    /// - Returns: Whether it was taken.
    /// - Throws: `.wrongState` if it is not the socket's turn (REQ, REP), `.closed`.
    func trySend(_ message: Message) throws -> Bool

    /// Sends a message, waiting at most a given time until a peer has room for it; nil waits for ever.
    ///
    /// - Throws: `.timedOut`, `CancellationError`, `.wrongState` (REQ, REP), `.closed`; the message was then not sent.
    func send(_ message: Message, within limit: Duration?) async throws
}

extension SendingSocket {
    /// Sends a message; suspends while no peer has room for it, or there is no peer.
    ///
    /// Returns when the message is queued for a peer, not when the peer has it. It leaves by itself, whatever the program
    /// does next; answers of a DEALER to messages that came together leave together, once all of these are received, or
    /// after two milliseconds, and so may the last of so many short messages that 256 KiB of them leave each millisecond.
    /// Cancelling a call that waits sends nothing and leaves the socket usable.
    ///
    /// - Throws: `CancellationError`, `.wrongState` if it is not the socket's turn (REQ, REP), `.closed`.
    @inlinable
    public func send(_ message: Message) async throws {
        if try self.trySend(message) { return }
        try await self.send(message, within: nil)
    }
}
