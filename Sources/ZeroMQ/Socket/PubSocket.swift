// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

public import ZMTP

/// PUB: sends each message to all who subscribed to what its first part begins with (RFC 29). Talks to SUB and XSUB.
///
/// Sending does not suspend: who has no room misses the message, and without subscribers it goes nowhere. See
/// ``PublishingSocket/waitForSubscribers(_:to:within:)`` for those who come late.
///
/// ```swift
/// let publisher = try context.makePubSocket()
/// try await publisher.bind(to: "tcp://127.0.0.1:5556")
/// try await publisher.waitForSubscribers()
/// try await publisher.send(["weather.london", "rain"])
/// ```
public final class PubSocket: PublishingSocket {
    /// The way to the socket's engine; of use inside the library only.
    public let control: SocketControl
    let core: SocketCore<PubPattern>

    init(_ core: SocketCore<PubPattern>) {
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
}
