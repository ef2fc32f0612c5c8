// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
public import ZMTP

/// A message that was received from one of several sockets.
public struct ReceivedMessage: Sendable {
    /// Which of the sockets it came to, counted from 0.
    public let index: Int
    /// Who sent it, if the socket is a ROUTER.
    public let peer: Peer?
    /// The message.
    public let message: Message
}

/// Where the next call begins to look, so that no socket is always first.
private let turn = Atomic<Int>(0)

/// Receives a message from whichever of several sockets has one; suspends until one has. Twin of `zmq_poll`.
///
/// Looks at the sockets in turn, beginning with another one at each call. Takes one message from one socket and
/// nothing from the others. Cancelling a call that waits takes no message.
///
/// - Throws: `CancellationError`, `.notSupported` for a socket that does not receive, `.closed`, `.wrongState`.
public func receive(from sockets: [any ReceivingSocket]) async throws -> ReceivedMessage {
    guard let message = try await receive(from: sockets, within: nil) else {
        throw ZeroMQError(.invalidOption, "receive(from:) needs at least one socket")
    }
    return message
}

/// Receives a message from whichever of several sockets has one, waiting at most a given time; nil waits for ever.
///
/// - Returns: nil if none came in time, or there are no sockets.
/// - Throws: As ``receive(from:)``.
public func receive(from sockets: [any ReceivingSocket], within limit: Duration?) async throws -> ReceivedMessage? {
    guard !sockets.isEmpty else { return nil }
    let deadline = limit.map { ContinuousClock.now + $0 }
    let start = turn.add(1, ordering: .relaxed).newValue
    while true {
        for step in 0..<sockets.count {
            let index = (step &+ start) % sockets.count
            guard let opened = try sockets[abs(index)].control.engine.tryReceiveOpen() else { continue }
            return ReceivedMessage(index: abs(index), peer: opened.peer, message: opened.message)
        }
        try Task.checkCancellation()
        if let deadline, ContinuousClock.now >= deadline { return nil }
        await Readiness.wait(for: sockets.map { ($0.control.engine, .reading) }, until: deadline)
    }
}
