// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Closing a socket", .timeLimit(.minutes(3)))
struct CloseTests {
    @Test("ends calls that wait, and all later ones", arguments: Transport.allCases)
    func endsCalls(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let endpoint = try await pair.bind(to: transport.wildcard())
            let receiving = (0..<10).map { _ in Task { try await pair.receive() } }
            let sending = (0..<10).map { _ in Task { try await pair.send("nobody") } }
            await Task.yield()
            await pair.close()
            for task in receiving { await expectError(.closed) { try await task.value } }
            for task in sending { await expectError(.closed) { try await task.value } }
            await expectError(.closed) { try await pair.receive() }
            await expectError(.closed) { try pair.tryReceive() }
            await expectError(.closed) { try await pair.receive(within: .seconds(1)) }
            await expectError(.closed) { try await pair.send("too late") }
            await expectError(.closed) { try pair.trySend("too late") }
            await expectError(.closed) { try await pair.bind(to: transport.wildcard()) }
            await expectError(.closed) { try await pair.connect(to: endpoint) }
        }
    }

    @Test("twice does nothing, also at the same time", arguments: Transport.allCases)
    func twice(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await transport.fresh())
            #expect(await push.close() == CloseReport())
            #expect(await push.close() == CloseReport())
            #expect(await push.close(within: .zero) == CloseReport())
            let other = try context.makePushSocket()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = await other.close() } }
            }
        }
    }

    @Test("for ever lets ten thousand messages leave to a slow peer", arguments: Transport.allCases)
    func lingerForEver(transport: Transport) async throws {
        let total = 10_000
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: nil, receiving: 1))
            let pull = try context.makePullSocket(.marks(sending: 1, receiving: 10))
            try await join(pull, push, over: transport)
            let body = Message.Part(size: 1000)
            for number in 0..<total { try #require(try push.trySend([Message.Part("\(number)"), body])) }
            async let report = push.close()
            for number in 0..<total {
                #expect(try await pull.receive().number == number)
                if number % 100 == 0 { await Task.yield() }
            }
            #expect(await report.lost == 0)
        }
    }

    @Test("waits for a peer that is not there yet", arguments: Transport.allCases)
    func lingerForAbsentPeer(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            try await push.connect(to: endpoint)
            try await send(0..<10, to: push)
            async let report = push.close()
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await expect(0..<10, from: pull)
            let outcome = await report
            #expect(outcome.lost == 0)
            #expect(outcome.flushed <= 10)
        }
    }

    @Test("with linger zero loses what waits, at once, and says how much", arguments: Transport.allCases)
    func lingerZero(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.linger = .zero })
            let endpoint = try await transport.fresh()
            try await push.connect(to: endpoint)
            try await send(0..<5, to: push)
            let report = await push.close()
            #expect(report.lost == 5)
            #expect(report.flushed + report.unknown + report.unread == 0)
            #expect(report.losses.map(\.lost) == [5])
            #expect(report.losses.map(\.endpoint) == [endpoint])
            #expect(push.snapshot().totals.dropped.byReason.map(\.reason) == [.linger])
        }
    }

    @Test("within a time ends when it is up, and says what was lost", arguments: Transport.allCases)
    func bounded(transport: Transport) async throws {
        try await withSockets { context in
            for limit in [Duration.zero, .milliseconds(20)] {
                let push = try context.makePushSocket()
                try await push.connect(to: try await transport.fresh())
                try await send(0..<5, to: push)
                let report = await push.close(within: limit)
                #expect(report.lost == 5)
                #expect(report.flushed == 0)
            }
        }
    }

    @Test("within a time ends though the peer does not read", arguments: Transport.wires)
    func boundedBySlowPeer(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: nil, receiving: 1))
            let pull = try context.makePullSocket(.marks(sending: 1, receiving: 1))
            try await join(pull, push, over: transport)
            let body = Message.Part(size: 100_000)
            for _ in 0..<400 { try #require(try push.trySend(Message(body))) }
            let report = await push.close(within: .milliseconds(50))
            #expect(report.lost > 0)
            #expect(report.lost + report.flushed <= 400)
        }
    }

    @Test("does not wait for a handshake if there is nothing to send, and no longer than it may otherwise")
    func duringHandshake() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let (idle, busy) = (try context.makePushSocket(), try context.makePushSocket())
            var silent: [ScriptedPeer] = []
            for push in [idle, busy] {
                try await push.connect(to: listener.endpoint)
                silent.append(try await listener.accept())
            }
            #expect(await idle.close() == CloseReport())
            try await send(0..<3, to: busy)
            #expect(await busy.close(within: .milliseconds(20)).lost == 3)
            for peer in silent { await peer.close() }
        }
        await listener.close()
    }

    @Test("finishes a handshake to send what waits")
    func handshakeWhileClosing() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: listener.endpoint)
            try await send(0..<3, to: push)
            let peer = try await listener.accept()
            async let report = push.close()
            try await peer.shakeHands(as: .pull)
            for number in 0..<3 { #expect(try await peer.receiveMessage().number == number) }
            #expect(try await peer.receiveUntilClosed().isEmpty)
            await peer.close()
            #expect(await report.lost == 0)
        }
        await listener.close()
    }

    @Test("stops waiting when it is cancelled", arguments: Transport.allCases)
    func cancelled(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await transport.fresh())
            try await send(0..<5, to: push)
            let closing = Task { await push.close() }
            await Task.yield()
            closing.cancel()
            #expect(await closing.value.lost == 5)
        }
    }

    @Test("again, within a time or cancelled, ends one that waits", arguments: Transport.allCases, [true, false])
    func impatientSecond(transport: Transport, isCancelled: Bool) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await transport.fresh())
            try await send(0..<5, to: push)
            let patient = Task { await push.close() }
            // The patient one is first.
            #expect(try await eventually { await isClosed(push) })
            if isCancelled {
                let impatient = Task { await push.close() }
                impatient.cancel()
                _ = await impatient.value
            } else {
                await push.close(within: .milliseconds(10))
            }
            #expect(await patient.value.lost >= 5)
        }
    }

    @Test("throws away what was received and not taken, without waiting for a sender", arguments: Transport.allCases)
    func unreadMessages(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = nil })
            let pull = try context.makePullSocket()
            try await join(pull, push, over: transport)
            try await send(0..<500, to: push)
            #expect(try await pull.receive().number == 0)
            let report = await pull.close()
            #expect(report.flushed + report.lost + report.unknown == 0)
            #expect(try await eventually { try push.trySend("to whom?") == false })
            #expect(report.unread + push.snapshot().totals.dropped[.peerGone] == 499)
        }
    }

    @Test("lets its last words arrive though the peer keeps sending", arguments: Transport.wires)
    func lastWordsAgainstFlood(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            for _ in 0..<10 {
                let dealer = try context.makeDealerSocket()
                try await dealer.connect(to: endpoint)
                try await dealer.send("here I am")
                let peer = try await router.receive().peer
                let flood = Task {
                    let body = Message(size: 2000)
                    while !Task.isCancelled {
                        _ = try? router.trySend(body, to: peer)
                        await Task.yield()
                    }
                }
                try await send(0..<1000, to: dealer)
                async let report = dealer.close()
                for number in 0..<1000 { #expect(try await router.receive().message.number == number) }
                #expect(await report.lost == 0)
                flood.cancel()
                await flood.value
            }
        }
    }

    @Test("lets its last words arrive though the peer says something at that moment", arguments: Transport.wires)
    func lastWordsAtOnce(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            for round in 0..<100 {
                let dealer = try context.makeDealerSocket()
                try await dealer.connect(to: endpoint)
                try await dealer.send("here I am")
                let peer = try await router.receive().peer
                async let answer = router.trySend("so am I", to: peer)
                if round % 2 == 0 { await Task.yield() }
                try await send(0..<10, to: dealer)
                async let report = dealer.close()
                for number in 0..<10 { #expect(try await router.receive().message.number == number) }
                #expect(await report.lost == 0)
                _ = try? await answer
            }
        }
    }

    @Test("lets go of a peer that becomes ready at that moment", arguments: Transport.wires)
    func readyAtOnce(transport: Transport) async throws {
        try await withSockets { context in
            for _ in 0..<50 {
                let dealer = try context.makeDealerSocket(.with { $0.reconnect = nil })
                let (events, log) = (dealer.events, EventLog(dealer))
                let router = try context.makeRouterSocket()
                try await join(router, dealer, over: transport)
                // The dealer knows first that both are ready.
                for await event in events where event.kind == .handshakeSucceeded { break }
                await router.close()
                try await log.wait(for: .disconnected)
                await dealer.close()
            }
        }
    }

    @Test("ends its events", arguments: Transport.allCases)
    func endsEvents(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let logs = [EventLog(push), EventLog(pull)]
            try await join(pull, push, over: transport)
            try await push.send("hello")
            _ = try await pull.receive()
            await push.close()
            await pull.close()
            for log in logs { try await log.waitForEnd() }
            for await event in push.events { Issue.record("\(event) after the end") }
        }
    }
}

/// Whether closing has begun.
private func isClosed(_ socket: PushSocket) async -> Bool {
    do {
        _ = try socket.trySend("still open?")
        return false
    } catch {
        return true
    }
}
