// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Events", .timeLimit(.minutes(3)))
struct EventTests {
    @Test("tell the one who dials, in order", arguments: Transport.wires)
    func dialler(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.reconnect = .quick
                    $0.routingID = "ann"
                })
            let log = EventLog(dealer)
            try await dealer.connect(to: endpoint)
            let failure = try await log.wait(for: .connectFailed)
            #expect(failure.retryIn != nil)
            #expect(failure.error?.code == (transport == .ipc ? .notFound : .io))
            let router = try context.makeRouterSocket()
            try await router.bind(to: endpoint)
            let ready = try await log.wait(for: .handshakeSucceeded)
            #expect(ready.peer?.address == endpoint)
            #expect(ready.peer?.socketType == .router)
            #expect(ready.peer?.routingID == nil)
            #expect(ready.peer?.version == .v31)
            await router.close()
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isClosedByPeer == true)
            #expect(end.retryIn != nil)
            let kinds = Array(log.kinds.filter { $0 != .connectFailed && $0 != .connecting }.prefix(3))
            #expect(kinds == [.connected, .handshakeSucceeded, .disconnected])
        }
    }

    @Test("tell the one who accepts, in order", arguments: Transport.wires)
    func acceptor(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let log = EventLog(router)
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let endpoint = try await join(router, dealer, over: transport)
            let ready = try await log.wait(for: .handshakeSucceeded)
            #expect(ready.peer?.socketType == .dealer)
            #expect(ready.peer?.routingID == "ann")
            await dealer.close()
            let end = try await log.wait(for: .disconnected)
            #expect(end.reason?.isClosedByPeer == true)
            #expect(end.retryIn == nil)
            try await router.unbind(from: endpoint)
            try await log.wait(for: .closed)
            #expect(log.kinds == [.listening, .accepted, .handshakeSucceeded, .disconnected, .closed])
            #expect(log.events.allSatisfy { "\($0)".contains(endpoint) }, "\(log.events)")
        }
    }

    @Test("go to everyone who has asked, each from the moment of asking")
    func listeners() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let early = [EventLog(pull), EventLog(pull)]
            try await pull.bind(to: "tcp://127.0.0.1:*")
            let late = EventLog(pull)
            try await pull.bind(to: "ipc://*")
            for log in early { try await log.wait(for: .listening, count: 2) }
            try await late.wait(for: .listening)
            #expect(late.kinds == [.listening])
            keepOpen(pull)
        }
    }

    @Test("tell of a bind that failed", arguments: Transport.wires)
    func bindFailed(transport: Transport) async throws {
        try await withSockets { context in
            let (first, second) = (try context.makePullSocket(), try context.makePullSocket())
            let log = EventLog(second)
            let endpoint = try await first.bind(to: transport.wildcard())
            await expectError(.addressInUse) { try await second.bind(to: endpoint) }
            #expect(try await log.wait(for: .bindFailed).error?.code == .addressInUse)
            keepOpen(first)
        }
    }

    @Test("tell that a connection was ended here", arguments: Transport.wires)
    func closedHere(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let log = EventLog(push)
            let endpoint = try await join(pull, push, over: transport)
            try await log.wait(for: .handshakeSucceeded)
            try await push.disconnect(from: endpoint)
            let end = try await log.wait(for: .disconnected)
            guard case .closedHere = end.reason else {
                Issue.record("expected closedHere, got \(end)")
                return
            }
            #expect(end.retryIn == nil)
            keepOpen(pull)
        }
    }

    @Test("are missed by a listener that does not read only beyond 4096, and it is told how many")
    func overflow() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            var iterator = pull.events.makeAsyncIterator()
            let other = EventLog(pull)
            for _ in 0..<2100 {
                let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
                try await pull.unbind(from: endpoint)
            }
            try await other.wait(for: .closed, count: 2100)
            await pull.close()
            var kept = 0
            var missed: [Int] = []
            while let event = await iterator.next() {
                if case .missed(let count) = event { missed.append(count) } else { kept += 1 }
            }
            #expect(kept == 4096)
            #expect(missed == [104])
        }
    }
}
