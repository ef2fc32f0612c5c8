// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("RFC 31, PAIR", .timeLimit(.minutes(3)))
struct PairTests {
    @Test("takes one peer, refuses a second one, and goes on with the first", arguments: Transport.allCases)
    func secondPeer(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let (first, second) = (
                try context.makePairSocket(), try context.makePairSocket(.with { $0.reconnect = nil })
            )
            let log = EventLog(transport == .inproc ? second : pair)
            let endpoint = try await pair.bind(to: transport.wildcard())
            try await first.connect(to: endpoint)
            try await first.send("first")
            #expect(try await pair.receive() == "first")
            try await second.connect(to: endpoint)
            let event = try await log.wait(for: .handshakeFailed)
            #expect(event.reason?.isRefusal == true)
            try await pair.send("to the first")
            #expect(try await first.receive() == "to the first")
            keepOpen(second)
        }
    }

    @Test("takes another peer when the first one has left", arguments: Transport.allCases, [true, false])
    func nextPeer(transport: Transport, isRead: Bool) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let endpoint = try await pair.bind(to: transport.wildcard())
            for number in 0..<5 {
                let peer = try context.makePairSocket(.with { $0.reconnect = .quick })
                try await peer.connect(to: endpoint)
                if isRead {
                    try await peer.send(Message(number: number))
                    #expect(try await pair.receive().number == number)
                }
                try await pair.send(Message(number: number))
                #expect(try await peer.receive().number == number)
                await peer.close()
                // The end of the old peer is seen before the new one comes; over inproc at once.
                #expect(try await eventually { try pair.trySend("anyone?") == false })
            }
        }
    }

    @Test("takes no other peer while messages of the first one wait", arguments: Transport.wires)
    func unreadMessages(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            let log = EventLog(pair)
            let endpoint = try await pair.bind(to: transport.wildcard())
            let first = try context.makePairSocket()
            try await first.connect(to: endpoint)
            try await send(0..<3, to: first)
            await first.close()
            try await log.wait(for: .disconnected)
            let second = try context.makePairSocket(.with { $0.reconnect = .quick })
            try await second.connect(to: endpoint)
            let refusal = try await log.wait(for: .handshakeFailed)
            #expect(refusal.reason?.isRefusal == true)
            try await expect(0..<3, from: pair)
            // It tries again, and there is room for it now.
            #expect(try pair.tryReceive() == nil)
            try await log.wait(for: .handshakeSucceeded, count: 2)
            try await pair.send("welcome")
            #expect(try await second.receive() == "welcome")
        }
    }

    @Test("that dials follows its peer when that restarts", arguments: Transport.wires)
    func reconnect(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let dialler = try context.makePairSocket(.with { $0.reconnect = .quick })
            let log = EventLog(dialler)
            try await dialler.connect(to: endpoint)
            for round in 1...5 {
                let pair = try context.makePairSocket()
                try await pair.bind(to: endpoint)
                try await pair.send(Message(number: round))
                #expect(try await dialler.receive().number == round)
                try await dialler.send(Message(number: -round))
                #expect(try await pair.receive().number == -round)
                await pair.close()
                try await log.wait(for: .disconnected, count: round)
            }
        }
    }

    @Test("cannot connect to a second endpoint", arguments: Transport.allCases)
    func secondConnect(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            try await pair.connect(to: try await transport.fresh())
            let other = try await transport.fresh()
            let error = await expectError(.wrongState) { try await pair.connect(to: other) }
            #expect(error?.message.contains(other) == true)
        }
    }

    @Test("that has accepted a peer cannot connect, whether it is still there or not", arguments: Transport.allCases)
    func connectBesidesAccepted(transport: Transport) async throws {
        try await withSockets { context in
            let (pair, first) = (try context.makePairSocket(), try context.makePairSocket())
            try await join(pair, first, over: transport)
            try await send(0..<3, to: first)
            #expect(try await pair.receive().number == 0)
            let other = try await transport.fresh()
            await expectError(.wrongState) { try await pair.connect(to: other) }
            // As long as there is something of it to be received.
            await first.close()
            let isGone = try await eventually { pair.snapshot().peers.map(\.state) == [.gone] }
            #expect(isGone)
            await expectError(.wrongState) { try await pair.connect(to: other) }
            try await expect(1..<3, from: pair)
            #expect(try pair.tryReceive() == nil)
            try await pair.connect(to: other)
        }
    }

    @Test("takes no other peer while the first one is being closed", arguments: Transport.allCases)
    func closingPeer(transport: Transport) async throws {
        let (first, second) = (try await transport.fresh(), try await transport.fresh())
        try await withSockets { context in
            let pair = try context.makePairSocket(.with { $0.reconnect = .quick })
            try await pair.connect(to: first)
            try await pair.send("on its way")
            try await pair.disconnect(from: first)
            await expectError(.wrongState) { try await pair.connect(to: second) }
            let peer = try context.makePairSocket()
            try await peer.bind(to: first)
            #expect(try await peer.receive() == "on its way")
            let isTaken = try await eventually { (try? await pair.connect(to: second)) != nil }
            #expect(isTaken)
        }
    }

    @Test("waits while its peer has no room, and drops nothing", arguments: Transport.allCases)
    func full(transport: Transport) async throws {
        try await withSockets { context in
            let marks = SocketOptions.marks(sending: 2, receiving: 2)
            let (one, other) = (try context.makePairSocket(marks), try context.makePairSocket(marks))
            try await join(one, other, over: transport)
            try await other.send("there")
            #expect(try await one.receive() == "there")
            var sent = 0
            // More and more of it waits in the system, too.
            while try await sends({ try await one.send(Message(size: 200_000 + sent), within: .seconds(1)) }) {
                sent += 1
            }
            async let last: Void = one.send("last")
            for number in 0..<sent { #expect(try await other.receive().byteCount == 200_000 + number) }
            #expect(try await other.receive() == "last")
            try await last
            #expect(one.snapshot().totals.dropped == DropCounts())
        }
    }

    @Test("waits for a peer to send to", arguments: Transport.allCases)
    func waits(transport: Transport) async throws {
        try await withSockets { context in
            let (one, other) = (try context.makePairSocket(), try context.makePairSocket())
            let endpoint = try await one.bind(to: transport.wildcard())
            #expect(try one.trySend("nobody") == false)
            async let sending: Void = one.send("hello")
            try await other.connect(to: endpoint)
            #expect(try await other.receive() == "hello")
            try await sending
        }
    }
}
