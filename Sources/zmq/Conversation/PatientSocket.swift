// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import ZeroMQ

/// A socket with the tool's manners: it gives up as `--timeout` says, and sends nothing into the void.
///
/// Any number of tasks may use it.
final class PatientSocket: Sendable {
    let base: AnySocket
    let patience: Patience
    private let mustRoute: Bool
    private let peers: PeerWatch

    init(_ base: AnySocket, patience: Patience, mustRoute: Bool, peers: PeerWatch) {
        self.base = base
        self.patience = patience
        self.mustRoute = mustRoute
        self.peers = peers
    }

    /// The next message.
    func receive() async throws -> Message {
        guard let limit = patience.receiving else {
            let message = try await base.receive()
            peers.sawOne()
            return message
        }
        patience.renew()
        var wait: Duration? = limit
        repeat {
            if let message = try await base.receive(within: wait ?? .zero) {
                patience.renew()
                peers.sawOne()
                return message
            }
            wait = patience.remaining(of: limit)
        } while wait != nil
        throw ToolFailure.timedOut("timeout: expected a message within \(limit.inSeconds), received none")
    }

    /// A message that has come already.
    func tryReceive() throws -> Message? {
        try base.tryReceive()
    }

    /// Waits for the first subscriber.
    func waitForSubscriber() async throws {
        do {
            try await base.waitForSubscribers(within: patience.sending)
        } catch let error as ZeroMQError where error.code == .timedOut {
            let limit = (patience.sending ?? .zero).inSeconds
            throw ToolFailure.timedOut("timeout: expected a subscriber within \(limit), found none")
        }
    }

    /// Sends one message, waiting for a peer that can take it.
    func send(_ message: Message) async throws {
        while true {
            do {
                return try await sendWithinLimit(message)
            } catch let error as ZeroMQError where error.code == .unroutable {
                guard !mustRoute else { throw ToolFailure(error) }
                // A ROUTER drops what it cannot route, but not before it has had any peer at all.
                guard try await peers.waitForFirst(patience) else { return }
            }
        }
    }

    private func sendWithinLimit(_ message: Message) async throws {
        guard let limit = patience.sending else { return try await base.send(message) }
        patience.renew()
        var wait: Duration? = limit
        repeat {
            do {
                try await base.send(message, within: wait ?? .zero)
                patience.renew()
                return
            } catch let error as ZeroMQError where error.code == .timedOut {
                wait = patience.remaining(of: limit)
            }
        } while wait != nil
        throw ToolFailure.timedOut("timeout: expected a peer with room for a message within \(limit.inSeconds)")
    }
}
