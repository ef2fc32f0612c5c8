// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Synchronization
import Testing
import ZeroMQ
import ZeroMQTesting

/// All that has happened at a socket's endpoints since the log was made.
final class EventLog: Sendable {
    private let log = Mutex<[SocketEvent]>([])
    private let isComplete = Atomic(false)

    init(_ socket: some Socket) {
        let events = socket.events
        Task {
            for await event in events { self.log.withLock { $0.append(event) } }
            self.isComplete.store(true, ordering: .releasing)
        }
    }

    var events: [SocketEvent] { self.log.withLock { $0 } }

    /// The kinds of the events so far.
    var kinds: [SocketEvent.Kind] { self.events.map(\.kind) }

    func count(of kind: SocketEvent.Kind) -> Int { self.kinds.count { $0 == kind } }

    /// Waits for an event of a kind, or for several.
    @discardableResult
    func wait(
        for kind: SocketEvent.Kind,
        count: Int = 1,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> SocketEvent {
        let found = try await eventually { self.count(of: kind) >= count }
        try #require(found, "waited for \(kind), saw \(self.events)", sourceLocation: sourceLocation)
        return try #require(self.events.filter { $0.kind == kind }.dropFirst(count - 1).first)
    }

    /// Waits until the sequence has ended, because the socket is closed.
    func waitForEnd(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let ended = try await eventually { self.isComplete.load(ordering: .acquiring) }
        try #require(ended, "the events have not ended", sourceLocation: sourceLocation)
    }
}

extension SocketEvent {
    enum Kind: Sendable {
        case listening, bindFailed, closed, closeFailed, accepted, acceptFailed, connecting, connected, connectFailed
        case handshakeSucceeded, handshakeFailed, disconnected, missed
    }

    var kind: Kind {
        switch self {
        case .listening: .listening
        case .bindFailed: .bindFailed
        case .closed: .closed
        case .closeFailed: .closeFailed
        case .connecting: .connecting
        case .missed: .missed
        case .accepted: .accepted
        case .acceptFailed: .acceptFailed
        case .connected: .connected
        case .connectFailed: .connectFailed
        case .handshakeSucceeded: .handshakeSucceeded
        case .handshakeFailed: .handshakeFailed
        case .disconnected: .disconnected
        }
    }

    /// Why the connection ended, if the event tells of an end.
    var reason: DisconnectReason? {
        switch self {
        case .handshakeFailed(_, let reason, _), .disconnected(_, _, let reason, _): reason
        default: nil
        }
    }

    /// When the next attempt follows, if one does.
    var retryIn: Duration? {
        switch self {
        case .handshakeFailed(_, _, let delay), .disconnected(_, _, _, let delay), .connectFailed(_, _, let delay):
            delay
        default: nil
        }
    }

    /// The failure of a bind, an accept or a connect.
    var error: ZeroMQError? {
        switch self {
        case .bindFailed(_, let error), .acceptFailed(_, let error), .connectFailed(_, let error, _): error
        default: nil
        }
    }

    /// The peer, once it is ready.
    var peer: PeerDescription? {
        if case .handshakeSucceeded(_, let peer) = self { peer } else { nil }
    }
}

extension DisconnectReason {
    /// The rule that the peer broke.
    var violation: ZMTPError.Code? {
        if case .protocolViolation(let error) = self { error.code } else { nil }
    }

    var isRefusal: Bool {
        if case .refused = self { true } else { false }
    }

    var isClosedByPeer: Bool {
        if case .closedByPeer = self { true } else { false }
    }

    var isHandshakeTimeout: Bool {
        if case .handshakeTimedOut = self { true } else { false }
    }

    var isHeartbeatTimeout: Bool {
        if case .heartbeatTimedOut = self { true } else { false }
    }
}
