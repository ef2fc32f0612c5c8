// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Connecting and waiting for a peer", .timeLimit(.minutes(3)))
struct ConnectWaitingTests {
    @Test("returns once the peer is ready", arguments: Transport.allCases)
    func ready(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let endpoint = try await pull.bind(to: transport.wildcard())
            try await push.connect(to: endpoint, waitUntil: .handshaken)
            #expect(push.snapshot().peers.first?.state == .connected)
            // A second connection to the same endpoint waits for itself.
            try await push.connect(to: endpoint, waitUntil: .handshaken, within: .seconds(30))
            #expect(push.snapshot().peers.count { $0.state == .connected } == 2)
            keepOpen(pull)
        }
    }

    @Test("waits for a peer that comes later", arguments: Transport.allCases)
    func later(transport: Transport) async throws {
        try await withSockets { context in
            let endpoint = try await transport.fresh()
            let dealer = try context.makeDealerSocket(.with { $0.reconnect = .quick })
            let router = try context.makeRouterSocket()
            async let connected: Void = dealer.connect(to: endpoint, waitUntil: .handshaken)
            #expect(try await eventually { dealer.snapshot().connectedEndpoints == [endpoint] })
            try await router.bind(to: endpoint)
            try await connected
            // For a DEALER a second connect means nothing but over inproc, so the first one's peer will do.
            try await dealer.connect(to: endpoint, waitUntil: .handshaken, within: .seconds(30))
            #expect(dealer.snapshot().peers.count == (transport == .inproc ? 2 : 1))
            keepOpen(router)
        }
    }

    @Test("gives up when the time is up or the task is cancelled, and leaves nothing", arguments: Transport.allCases)
    func gaveUp(transport: Transport) async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.with { $0.reconnect = .quick })
            let endpoint = try await transport.fresh()
            await expectError(.timedOut) {
                try await dealer.connect(to: endpoint, waitUntil: .handshaken, within: .milliseconds(20))
            }
            #expect(dealer.snapshot().connectedEndpoints.isEmpty)
            let task = Task { try await dealer.connect(to: endpoint, waitUntil: .handshaken) }
            #expect(try await eventually { dealer.snapshot().connectedEndpoints == [endpoint] })
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(dealer.snapshot().connectedEndpoints.isEmpty)
        }
    }

    @Test("ends with the reason when the peer does not fit", arguments: Transport.allCases)
    func refused(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pub) = (try context.makePushSocket(), try context.makePubSocket())
            let endpoint = try await pub.bind(to: transport.wildcard())
            let error = await expectError(.refused) {
                try await push.connect(to: endpoint, waitUntil: .handshaken)
            }
            #expect(error?.message.contains("PUB") == true, "\(error.map { "\($0)" } ?? "")")
            #expect(push.snapshot().connectedEndpoints.isEmpty)
            keepOpen(pub)
        }
    }

    @Test("ends when no other attempt follows, or the socket is closed", arguments: Transport.wires)
    func noRetry(transport: Transport) async throws {
        try await withSockets { context in
            let once = try context.makeDealerSocket(.with { $0.reconnect = nil })
            let endpoint = try await transport.fresh()
            await #expect(throws: ZeroMQError.self) {
                try await once.connect(to: endpoint, waitUntil: .handshaken)
            }
            let patient = try context.makeDealerSocket()
            let task = Task { try await patient.connect(to: endpoint, waitUntil: .handshaken) }
            #expect(try await eventually { patient.snapshot().connectedEndpoints == [endpoint] })
            await patient.close()
            await #expect(throws: ZeroMQError.self) { try await task.value }
        }
    }

    @Test("for the transport alone does not wait for a handshake")
    func transportOnly() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: listener.endpoint, waitUntil: .connected)
            #expect(push.snapshot().peers.first?.state == .connecting)
        }
        await listener.close()
    }
}
