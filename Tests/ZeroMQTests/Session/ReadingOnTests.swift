// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A connection that reads as long as there is something to read", .timeLimit(.minutes(3)))
struct ReadingOnTests {
    /// Messages of all sizes, a few of them in parts.
    private static func messages(seed: UInt64, _ sizes: [Int], count: Int) -> [Message] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { number in
            let parts = (0..<(number % 7 == 0 ? 3 : 1)).map { _ in
                let size = sizes.randomElement(using: &random) ?? 0
                return Message.Part((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) })
            }
            return Message(parts: parts)
        }
    }

    private static func frames(of message: Message) -> [UInt8] {
        message.enumerated().flatMap { index, part in
            ScriptedPeer.frame(unsafe part.withUnsafeBytes { unsafe Array($0) }, more: index < message.count - 1)
        }
    }

    static let mixes: [[Int]] = [
        [16], [128, 1000], [16_384], [65_536], [300_000], [0, 20, 300, 5000, 20_000, 65_536, 70_000, 140_000],
    ]

    @Test(
        "all that a peer sends in one go arrives in order, also what comes with its end", arguments: mixes,
        [1, 10, 1000, nil])
    func arrives(sizes: [Int], mark: Int?) async throws {
        let count = min(30_000, 6_000_000 / (sizes.reduce(0, +) / sizes.count + 2))
        let messages = Self.messages(seed: 1, sizes, count: count)
        try await withSockets { context in
            var options = SocketOptions()
            options.receiveHighWaterMark = mark
            let pull = try context.makePullSocket(options)
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            async let sending: Void = peer.send(messages.flatMap { Self.frames(of: $0) })
            var wrong = 0
            for message in messages.dropLast(5) where try await pull.receive() != message { wrong += 1 }
            try await sending
            try await peer.closeWriting()
            for message in messages.suffix(5) where try await pull.receive() != message { wrong += 1 }
            #expect(wrong == 0)
            try await log.wait(for: .disconnected)
            #expect(try pull.tryReceive() == nil)
            await peer.close()
        }
    }

    @Test("the beginning of a message that fills a read is kept when there is nothing more to read yet")
    func nothingMoreYet() async throws {
        try await withSockets { context in
            var options = SocketOptions()
            options.receiveHighWaterMark = 1
            // Room with the system for all of a read.
            options.receiveBuffer = 1 << 20
            let pull = try context.makePullSocket(options)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            let large = Message(Message.Part((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
            let frame = Self.frames(of: large)
            for _ in 0..<20 {
                // With one message waiting the connection is not read, and what one read brings gathers.
                try await peer.send("first" as Message)
                let isThere = try await eventually { pull.snapshot().peers.first?.traffic.unreadMessages == 1 }
                #expect(isThere)
                try await peer.send(frame.prefix(131_072))
                #expect(try await pull.receive() == "first")
                #expect(try await pull.receive(within: .milliseconds(1)) == nil)
                try await peer.send(frame.dropFirst(131_072))
                #expect(try await pull.receive() == large)
            }
            await peer.close()
        }
    }

    @Test("what breaks a rule ends the connection behind all that came before", arguments: [10, 1000, 3000])
    func breaksRule(count: Int) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            let frame = ScriptedPeer.frame(Array(repeating: 7, count: 128))
            // Flags that no version knows.
            async let sending: Void = peer.send((0..<count).flatMap { _ in frame } + [0xF0, 1, 2])
            for _ in 0..<count { #expect(try await pull.receive().byteCount == 128) }
            try await log.wait(for: .disconnected)
            try? await sending
            await peer.close()
        }
    }
}
