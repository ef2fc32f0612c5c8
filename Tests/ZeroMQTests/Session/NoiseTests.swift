// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Octets at random, in the place of a peer: before, in and after a handshake. The same ones each time.
@Suite("Noise", .timeLimit(.minutes(3)))
struct NoiseTests {
    /// How far the noise behaves like a peer.
    enum Stage: Int, CaseIterable {
        case none, greeting, ready
    }

    /// Whom a type talks to.
    private static func counterpart(of type: SocketType) -> SocketType {
        switch type {
        case .req: .rep
        case .rep: .req
        case .dealer: .router
        case .router: .dealer
        case .push: .pull
        case .pull: .push
        case .pair: .pair
        case .pub: .sub
        case .sub: .pub
        case .xpub: .xsub
        case .xsub: .xpub
        }
    }

    private static func noise(for type: SocketType, _ stage: Stage, _ random: inout SeededGenerator) -> [UInt8] {
        var octets: [UInt8] = stage == .none ? [] : ScriptedPeer.greeting()
        if stage == .ready { octets += ScriptedPeer.ready(Self.counterpart(of: type).wireName) }
        for _ in 0..<Int.random(in: 1...200, using: &random) {
            // Mostly small, so that it is often taken for frames, commands and their sizes.
            let bound: UInt8 = Bool.random(using: &random) ? 8 : 255
            octets.append(UInt8.random(in: 0...bound, using: &random))
        }
        return octets
    }

    @Test("that is ready and gone at the same moment leaves nothing behind", arguments: SocketType.allCases)
    func readyAndGone(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            let log = EventLog(socket)
            let endpoint = try await socket.bind(to: "tcp://127.0.0.1:*")
            for round in 1...50 {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try? await peer.send(
                    ScriptedPeer.greeting() + ScriptedPeer.ready(Self.counterpart(of: type).wireName))
                if round % 2 == 0 { try? await peer.reset() } else { await peer.close() }
                try await log.wait(for: .disconnected, count: round)
            }
            let areGone = try await eventually { socket.snapshot().peers.isEmpty }
            #expect(areGone, "\(socket.snapshot().peers)")
            for event in log.events.dropFirst().split(whereSeparator: { $0.kind == .disconnected }) {
                #expect(event.first?.kind == .accepted, "\(event)")
            }
            await socket.close()
        }
    }

    @Test(
        "does not keep a bound socket of any type from serving the next peer (test_bind_fuzzer)",
        arguments: SocketType.allCases)
    func bound(type: SocketType) async throws {
        var random = SeededGenerator(seed: 20)
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            let log = EventLog(socket)
            let endpoint = try await socket.bind(to: "tcp://127.0.0.1:*")
            var rounds = 0
            for stage in Stage.allCases {
                for _ in 0..<8 {
                    let octets = Self.noise(for: type, stage, &random)
                    let peer = try await ScriptedPeer.connect(to: endpoint)
                    // The other side may have seen enough before all is sent.
                    try? await peer.send(octets)
                    await peer.close()
                    rounds += 1
                    try await log.wait(for: .disconnected, count: rounds)
                }
            }
            // What looked like a message of a PAIR's peer keeps its place until it is taken.
            if type == .pair { while try socket.tryReceive() != nil {} }
            let good = try context.makeSocket(Self.counterpart(of: type))
            try await good.connect(to: endpoint, waitUntil: .handshaken, within: .seconds(60))
            keepOpen(socket, good)
        }
    }

    @Test(
        "does not keep a socket of any type that dials from finding its peer (test_connect_fuzzer)",
        arguments: SocketType.allCases)
    func dialled(type: SocketType) async throws {
        var random = SeededGenerator(seed: 21)
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let socket = try context.makeSocket(
                type,
                .with { $0.reconnect = ReconnectPolicy(initialDelay: .milliseconds(1), maxDelay: .milliseconds(1)) })
            try await socket.connect(to: listener.endpoint)
            for stage in Stage.allCases {
                for _ in 0..<8 {
                    let peer = try await listener.accept()
                    try? await peer.send(Self.noise(for: type, stage, &random))
                    await peer.close()
                }
            }
            let good = try await listener.accept()
            try await good.shakeHands(as: Self.counterpart(of: type))
            let isReady = try await eventually { socket.snapshot().peers.contains { $0.state == .connected } }
            #expect(isReady)
            keepOpen(socket)
            await good.close()
        }
        await listener.close()
    }
}
