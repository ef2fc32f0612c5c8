// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

/// A socket that receives: ROUTER, DEALER, PULL, PAIR, and REQ and REP in their turn.
public protocol ReceivingSocket<Incoming>: Socket {
    /// What it receives: messages, or for ROUTER messages with their senders.
    associatedtype Incoming: Sendable

    /// Takes a message if one is there.
    ///
    /// - Throws: `.wrongState` if it is not the socket's turn (REQ, REP), `.closed`.
    func tryReceive() throws -> Incoming?

    /// Receives a message, waiting at most a given time; nil waits for ever.
    ///
    /// - Returns: nil if none came in time.
    /// - Throws: `CancellationError`, `.wrongState` (REQ, REP), `.closed`; no message was then taken.
    func receive(within limit: Duration?) async throws -> Incoming?
}

extension ReceivingSocket {
    /// Receives a message; suspends until one is there.
    ///
    /// Takes from peers in turn, one message each, however fast they send. Several tasks may wait; each message goes
    /// to one of them. Cancelling a call that waits takes no message and leaves the socket usable.
    ///
    /// - Throws: `CancellationError`, `.wrongState` if it is not the socket's turn (REQ, REP), `.closed`.
    @inlinable
    public func receive() async throws -> Incoming {
        if let incoming = try self.tryReceive() { return incoming }
        guard let incoming = try await self.receive(within: nil) else {
            throw ZeroMQError(.closed, "the socket is closed")
        }
        return incoming
    }

    /// The messages that are received from now on, one at a time: nothing is taken before it is asked for.
    ///
    /// Ends when the socket is closed.
    public var messages: IncomingMessages<Self> { IncomingMessages(self) }
}

/// The messages of a socket as a sequence; see ``ReceivingSocket/messages``.
public struct IncomingMessages<Base: ReceivingSocket>: AsyncSequence, Sendable {
    /// What the socket receives.
    public typealias Element = Base.Incoming

    private let socket: Base

    init(_ socket: Base) {
        self.socket = socket
    }

    /// Receives the messages.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(socket: self.socket) }

    /// Receives the messages; holds none.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let socket: Base

        /// The next message; nil once the socket is closed.
        public mutating func next() async throws -> Base.Incoming? {
            do {
                return try await self.socket.receive()
            } catch let error as ZeroMQError where error.code == .closed {
                return nil
            }
        }
    }
}
