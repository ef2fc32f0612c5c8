// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import NIOCore
import Synchronization

/// How far a connection must be before ``Socket/connect(to:waitUntil:within:)`` returns.
@nonexhaustive
public enum ConnectionStage: Sendable, Hashable {
    /// The transport is connected; whether a ZeroMQ socket that fits is there is not known yet.
    case connected
    /// The peer is ready: it has a socket that fits, and messages flow.
    case handshaken
}

/// A dial that somebody waits for.
struct AwaitedConnection {
    let endpoint: String
    let stage: ConnectionStage
    /// How many peers at the endpoint must be ready.
    let needed: Int

    /// What an event means for the wait; nil is nothing.
    func outcome(of event: SocketEvent) -> Result<Void, ZeroMQError>? {
        guard event.endpoint == self.endpoint else { return nil }
        switch event {
        case .connected: return self.stage == .connected ? .success(()) : nil
        case .handshakeSucceeded(let connection, _): return connection.isDialled ? .success(()) : nil
        case .handshakeFailed(let connection, let reason, let retryIn) where connection.isDialled:
            switch reason {
            // To try again would not help: it is configured so.
            case .protocolViolation, .refused: return .failure(self.refused(reason))
            default: return retryIn == nil ? .failure(self.refused(reason)) : nil
            }
        case .connectFailed(_, let error, nil): return .failure(error)
        case .disconnected(let connection, _, let reason, nil) where connection.isDialled:
            return .failure(self.refused(reason))
        default: return nil
        }
    }

    private func refused(_ reason: DisconnectReason) -> ZeroMQError {
        if case .failed(let error) = reason { return error }
        return ZeroMQError(.refused, "\(self.endpoint): expected a peer that fits, but the connection ended: \(reason)")
    }
}

extension SocketEngine {
    /// Connects, and waits for a peer; disconnects again if none comes.
    func connect(to text: String, waitUntil stage: ConnectionStage, within limit: Duration?) async throws {
        let deadline = limit.map { ContinuousClock.now + $0 }
        let subscription = self.events.listen()
        let wasThere = self.snapshot().connectedEndpoints.contains(text)
        let before = self.readyPeers(at: text)
        try self.connect(to: text, as: nil)
        // For some types a second connect means nothing: then the first one's peer will do.
        let isInproc = text.hasPrefix("inproc://")
        let isRepeated = wasThere && !isInproc && [.dealer, .req, .pub, .sub].contains(self.socketType)
        let wait = AwaitedConnection(endpoint: text, stage: stage, needed: isRepeated ? 1 : before + 1)
        do {
            try await self.wait(for: wait, subscription.listener, until: deadline)
        } catch {
            // It may be gone by itself.
            if !wasThere { try? self.disconnect(from: text) }
            if let limit, case .timedOut? = (error as? ZeroMQError)?.code {
                throw ZeroMQError(.timedOut, "\(text): no peer was ready within \(limit)")
            }
            throw error
        }
    }

    private func wait(
        for wait: AwaitedConnection, _ listener: EventListener, until deadline: ContinuousClock.Instant?
    ) async throws {
        while true {
            try Task.checkCancellation()
            let readiness = Readiness()
            listener.watch(readiness)
            while let event = listener.take() {
                if let outcome = wait.outcome(of: event) { return try outcome.get() }
            }
            // Over inproc, and where a peer was there before, no event tells.
            if self.readyPeers(at: wait.endpoint) >= wait.needed { return }
            if listener.hasFinished { throw ZeroMQError.socketClosed }
            if let deadline, deadline <= .now { throw ZeroMQError(.timedOut, "no peer was ready in time") }
            let timer = deadline.flatMap { instant in
                self.startTimer(in: TimeAmount(max(.zero, instant - .now))) { readiness.fire() }
            }
            await readiness.wait()
            timer?.cancel()
        }
    }

    private func readyPeers(at endpoint: String) -> Int {
        self.snapshot().peers.count { $0.endpoint == endpoint && $0.state == .connected }
    }
}
