// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// What the manual pages of zmq_close, zmq_ctx_term and ZMQ_LINGER promise beside what ``CloseTests`` look at.
@Suite("Lingering", .timeLimit(.minutes(3)))
struct LingerClauseTests {
    @Test("a socket that lingers has freed what it had bound", arguments: Transport.allCases)
    func listenersCloseAtOnce(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let endpoint = try await push.bind(to: try await transport.fresh())
            try await push.connect(to: try await transport.fresh())
            try await push.send("for somebody who never comes")
            let closing = Task { await push.close() }
            let next = try context.makePushSocket()
            let isFree = try await eventually { (try? await next.bind(to: endpoint)) != nil }
            #expect(isFree)
            #expect(push.unsentMessages == 1)
            closing.cancel()
            #expect(await closing.value.lost == 1)
        }
    }

    @Test("ends when the system has taken the messages, whether the peer reads or not")
    func handedToTheSystem() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket()
            let log = EventLog(push)
            try await push.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .pull)
            try await log.wait(for: .handshakeSucceeded)
            try await send(0..<3, to: push)
            async let report = push.close()
            let isTaken = try await eventually { push.snapshot().totals.queuedMessages == 0 }
            #expect(isTaken)
            // Never reads, only leaves.
            await peer.close()
            let outcome = await report
            #expect(outcome.lost + outcome.unknown == 0, "\(outcome)")
            #expect(push.snapshot().totals.sentMessages == 3)
        }
        await listener.close()
    }

    @Test("ZMQ_LINGER counts as it is when an endpoint is disconnected", arguments: Transport.allCases)
    func changedBeforeDisconnect(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: endpoint)
            try await send(0..<3, to: push)
            try push.update { $0.linger = .zero }
            try await push.disconnect(from: endpoint)
            let isDropped = try await eventually { push.snapshot().totals.dropped[.linger] == 3 }
            #expect(isDropped)
            try push.update { $0.linger = nil }
            #expect(await push.close() == CloseReport())
        }
    }

    @Test("a disconnected endpoint is not dialled again once it has sent all", arguments: Transport.wires)
    func noReconnect(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let (pull, other) = (try context.makePullSocket(), try context.makePullSocket())
            let log = EventLog(push)
            let endpoint = try await join(pull, push, over: transport)
            try await log.wait(for: .handshakeSucceeded)
            try await push.disconnect(from: endpoint)
            let end = try await log.wait(for: .disconnected)
            #expect(end.retryIn == nil)
            // Many times the wait before another attempt.
            for round in 0..<20 {
                try await push.connect(to: try await other.bind(to: transport.wildcard()), waitUntil: .handshaken)
                #expect(push.snapshot().connectedEndpoints.count == round + 1)
            }
            let later = log.events.drop { $0.kind != .disconnected }
            #expect(!later.contains { $0.endpoint == endpoint && $0.kind == .connecting })
            keepOpen(pull)
        }
    }

    @Test("messages queued for an accepted peer that vanishes are lost, counted, and given to nobody else (RFC 30)")
    func vanishedPeer() async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: nil, receiving: nil))
            let endpoint = try await push.bind(to: "tcp://127.0.0.1:*")
            let vanishing = try await ScriptedPeer.connect(to: endpoint)
            try await vanishing.shakeHands(as: .pull)
            let isThere = try await eventually { push.snapshot().peers.count == 1 }
            #expect(isThere)
            for _ in 0..<300 { #expect(try push.trySend(Message(size: 100_000))) }
            let pull = try context.makePullSocket()
            try await pull.connect(to: endpoint, waitUntil: .handshaken)
            try await vanishing.reset()
            let isGone = try await eventually { push.snapshot().peers.count == 1 }
            #expect(isGone)
            let totals = push.snapshot().totals
            #expect(totals.dropped[.peerGone] > 0)
            #expect(totals.dropped[.peerGone] == totals.dropped.total)
            try await push.send("next")
            #expect(try await pull.receive() == "next")
            #expect(await push.close().lost == 0)
            #expect(pull.snapshot().totals.receivedMessages == 1)
        }
    }

    @Test("each of a hundred peers in turn is routable soon after it has connected (test_issue_566)")
    func routableInTurn() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerMandatory = true })
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            for number in 0..<100 {
                let name = try RoutingID(Array("peer \(number)".utf8))
                let dealer = try context.makeDealerSocket(.with { $0.routingID = name })
                try await dealer.connect(to: endpoint)
                let isSent = try await eventually {
                    do {
                        return try router.trySend("hello", to: name)
                    } catch let error as ZeroMQError where error.code == .unroutable {
                        return false
                    }
                }
                #expect(isSent)
                #expect(try await dealer.receive() == "hello")
                await dealer.close()
            }
        }
    }
}
