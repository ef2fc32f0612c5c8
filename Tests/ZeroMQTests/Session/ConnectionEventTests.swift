// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Every connection has one beginning and one end", .timeLimit(.minutes(3)))
struct ConnectionEventTests {
    /// Reads the events of a closed socket to their end, and checks that each connection's come in order.
    private func expectPairs(_ log: EventLog, _ beginning: Set<SocketEvent.Kind>) async throws -> Int {
        try await log.waitForEnd()
        var steps: [UInt64: [SocketEvent.Kind]] = [:]
        var numbers: [UInt64] = []
        for event in log.events {
            guard let connection = event.connection else { continue }
            if beginning.contains(event.kind) { numbers.append(connection.number) }
            steps[connection.number, default: []].append(event.kind)
        }
        #expect(numbers == (0..<numbers.count).map { UInt64($0 + 1) })
        for (number, kinds) in steps {
            let isRight =
                kinds.count == 3 && beginning.contains(kinds[0])
                && [.handshakeSucceeded, .handshakeFailed].contains(kinds[1]) && kinds[2] == .disconnected
            #expect(isRight, "connection \(number): \(kinds)")
        }
        return steps.count
    }

    @Test("while peers come, go and misbehave, on both sides", arguments: Transport.wires)
    func churn(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.handshakeTimeout = .milliseconds(50) })
            let log = EventLog(router)
            let endpoint = try await router.bind(to: transport.wildcard())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<6 {
                    group.addTask {
                        for round in 0..<15 {
                            // A fifth have a name that is taken, or a type that does not fit.
                            let options = SocketOptions.with {
                                $0.reconnect = .quick
                                if (task + round) % 5 == 0 { $0.routingID = "one name for all" }
                            }
                            let socket = try context.makeSocket((task + round) % 7 == 0 ? .pull : .dealer, options)
                            let log = EventLog(socket)
                            try await socket.connect(to: endpoint)
                            if round % 3 == 0 { try await log.wait(for: .connected) }
                            if round % 3 == 1 { try await socket.disconnect(from: endpoint) }
                            await socket.close(within: .zero)
                            _ = try await self.expectPairs(log, [.connected])
                        }
                    }
                }
                try await group.waitForAll()
            }
            // One that never says a word.
            if case .tcp = transport { _ = try await ScriptedPeer.connect(to: endpoint) }
            await router.close()
            #expect(try await self.expectPairs(log, [.accepted]) > 0)
        }
    }

    @Test("and says why, when the next attempt comes, and who it was", arguments: Transport.wires)
    func details(transport: Transport) async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.with { $0.reconnect = .quick })
            let router = try context.makeRouterSocket()
            let (here, there) = (EventLog(dealer), EventLog(router))
            let endpoint = try await join(router, dealer, over: transport)
            let ready = try await here.wait(for: .handshakeSucceeded)
            #expect(ready.peer?.id == dealer.snapshot().peers.first?.id)
            #expect(ready.peer?.mechanism == "NULL")
            #expect(ready.connection?.isDialled == true)
            #expect(ready.connection?.peerAddress == endpoint)
            let accepted = try await there.wait(for: .handshakeSucceeded)
            #expect(accepted.peer?.id == router.snapshot().peers.first?.id)
            #expect(accepted.connection?.isDialled == false)
            #expect(accepted.connection?.localAddress == endpoint)
            if case .tcp = transport {
                #expect(accepted.connection?.peerAddress == ready.connection?.localAddress)
            }
            await router.close()
            let end = try await here.wait(for: .disconnected)
            guard case .disconnected(let connection, let peer, _, let delay) = end else { return }
            #expect(connection == ready.connection)
            #expect(peer == ready.peer?.id)
            #expect(delay != nil)
            #expect(here.kinds.first == .connecting)
        }
    }

    @Test("and a status that the peer gives as its reason is told as a failed authentication")
    func authentication() async throws {
        for (reason, failure) in [
            ("400", DisconnectReason.HandshakeFailure.authentication(status: 400)), ("no", .protocolError),
        ] {
            try await withSockets { context in
                let pull = try context.makePullSocket()
                let log = EventLog(pull)
                let peer = try await ScriptedPeer.connect(to: pull.bind(to: "tcp://127.0.0.1:*"))
                try await peer.send(
                    ScriptedPeer.greeting()
                        + ScriptedPeer.command("ERROR", [UInt8(reason.utf8.count)] + Array(reason.utf8)))
                #expect(try await log.wait(for: .handshakeFailed).reason?.handshakeFailure == failure)
                try await log.wait(for: .disconnected)
            }
        }
    }
}
