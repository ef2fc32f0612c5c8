// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// PUSH: hands messages to its peers in turn (RFC 30). Talks to PULL.
///
/// Sending suspends while no peer has room; nothing is dropped.
public final class PushSocket: SendingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<PushPattern>

    init(_ core: SocketCore<PushPattern>) {
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
}
