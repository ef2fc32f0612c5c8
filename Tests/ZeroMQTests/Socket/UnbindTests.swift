// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Unbinding and disconnecting", .timeLimit(.minutes(3)))
struct UnbindTests {
    @Test("of what is not in use is an error that names it", arguments: Transport.allCases)
    func notFound(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let endpoint = try await pair.bind(to: transport.wildcard())
            let unbinding = await expectError(.notFound) { try await pair.unbind(from: "\(endpoint)0") }
            let disconnecting = await expectError(.notFound) { try await pair.disconnect(from: endpoint) }
            for error in [unbinding, disconnecting] { #expect(error?.message.contains(endpoint) == true) }
            try await pair.unbind(from: endpoint)
            await expectError(.notFound) { try await pair.unbind(from: endpoint) }
        }
    }

    @Test("a wildcard takes the endpoint as it was resolved", arguments: Transport.wires)
    func wildcard(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let endpoint = try await pair.bind(to: transport.wildcard())
            await expectError(.notFound) { try await pair.unbind(from: transport.wildcard()) }
            try await pair.unbind(from: endpoint)
        }
    }

    @Test("frees the endpoint for others", arguments: Transport.allCases)
    func frees(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let (first, second) = (try context.makePullSocket(), try context.makePullSocket())
            for _ in 0..<20 {
                try await first.bind(to: endpoint)
                await expectError(.addressInUse) { try await second.bind(to: endpoint) }
                try await first.unbind(from: endpoint)
                try await second.bind(to: endpoint)
                try await second.unbind(from: endpoint)
            }
        }
    }

    @Test("ends connections that came in, once what waits for them is sent", arguments: Transport.wires)
    func unbindDrains(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: nil, receiving: nil))
            let pull = try context.makePullSocket(
                .with {
                    $0.receiveHighWaterMark = 10
                    $0.reconnect = nil
                })
            let endpoint = try await join(push, pull, over: transport)
            let body = Message.Part(size: 10_000)
            try await push.send([Message.Part("0"), body])
            #expect(try await pull.receive().number == 0)
            for number in 1..<2000 { try #require(try push.trySend([Message.Part("\(number)"), body])) }
            try await push.unbind(from: endpoint)
            for number in 1..<2000 { #expect(try await pull.receive().number == number) }
            #expect(try await eventually { try push.trySend("nobody") == false })
        }
    }

    @Test("with linger zero ends connections at once", arguments: Transport.wires)
    func unbindWithoutLinger(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.sendHighWaterMark = nil
                    $0.linger = .zero
                })
            let pull = try context.makePullSocket(
                .with {
                    $0.receiveHighWaterMark = 1
                    $0.reconnect = nil
                })
            let log = EventLog(push)
            let endpoint = try await join(push, pull, over: transport)
            try await log.wait(for: .handshakeSucceeded)
            for _ in 0..<400 { try #require(try push.trySend(Message(size: 100_000))) }
            try await push.unbind(from: endpoint)
            try await log.wait(for: .disconnected)
            #expect(try await eventually { try push.trySend("nobody") == false })
            keepOpen(pull)
        }
    }

    @Test("over inproc lets existing pipes live on", arguments: [true, false])
    func unbindInproc(binderSends: Bool) async throws {
        try await withSockets { context in
            let (one, other) = (try context.makePairSocket(), try context.makePairSocket())
            let endpoint = try await join(one, other, over: .inproc)
            try await one.unbind(from: endpoint)
            try await one.send("one")
            try await other.send("other")
            #expect(try await one.receive() == "other")
            #expect(try await other.receive() == "one")
        }
    }

    @Test("a dialled endpoint sends what waits for it", arguments: Transport.allCases)
    func disconnectFlushes(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            try await push.connect(to: endpoint)
            try await send(0..<500, to: push)
            try await push.disconnect(from: endpoint)
            #expect(try push.trySend("nobody") == false)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            try await expect(0..<500, from: pull)
            #expect(await push.close().lost == 0)
        }
    }

    @Test("a dialled endpoint discards what it sent and nobody received", arguments: Transport.allCases)
    func disconnectDiscards(transport: Transport) async throws {
        try await withSockets { context in
            let (one, other) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            let endpoint = try await join(one, other, over: transport)
            try await one.send("one")
            #expect(try await other.receive() == "one")
            try await send(0..<100, to: one)
            #expect(try await other.receive().number == 0)
            try await other.disconnect(from: endpoint)
            #expect(try other.tryReceive() == nil)
            #expect(try await other.receive(within: .milliseconds(5)) == nil)
            // And it can be connected to anew.
            #expect(try await eventually { try one.trySend("nobody") == false })
            try await other.connect(to: endpoint)
            try await one.send("again")
            #expect(try await other.receive() == "again")
        }
    }

    @Test("a dialled endpoint tells senders that wait, who then use the next one", arguments: Transport.allCases)
    func disconnectOneOfTwo(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.linger = .zero
                    $0.sendHighWaterMark = 1
                })
            let (absent, present) = (try await transport.fresh(), try context.makePullSocket())
            try await push.connect(to: absent)
            try await push.send("lost")
            let waiting = Task { try await push.send("for whoever comes") }
            try await push.disconnect(from: absent)
            try await push.connect(to: try await present.bind(to: transport.wildcard()))
            #expect(try await present.receive() == "for whoever comes")
            try await waiting.value
        }
    }

    @Test("a dialled endpoint ends all connections of the same name", arguments: Transport.wires)
    func disconnectAll(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: transport.wildcard())
            for _ in 0..<3 { try await push.connect(to: endpoint) }
            try await log.wait(for: .handshakeSucceeded, count: 3)
            try await push.disconnect(from: endpoint)
            try await log.wait(for: .disconnected, count: 3)
            await expectError(.notFound) { try await push.disconnect(from: endpoint) }
            #expect(try push.trySend("nobody") == false)
            keepOpen(pull)
        }
    }

    @Test("of one endpoint leaves the others alone", arguments: Transport.allCases)
    func others(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let (kept, gone) = (
                try await pull.bind(to: transport.wildcard()), try await pull.bind(to: transport.wildcard())
            )
            let push = try context.makePushSocket()
            try await push.connect(to: kept)
            try await push.connect(to: gone)
            for _ in 0..<10 { try await push.send("both") }
            for _ in 0..<10 { #expect(try await pull.receive() == "both") }
            try await push.disconnect(from: gone)
            try await pull.unbind(from: gone)
            for _ in 0..<10 { try await push.send("one") }
            for _ in 0..<10 { #expect(try await pull.receive() == "one") }
        }
    }
}
