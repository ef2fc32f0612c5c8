// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Peers of old versions, on the wire", .timeLimit(.minutes(3)))
struct OldPeerTests {
    private static let signature: [UInt8] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F]

    private static func options(_ oldest: ProtocolVersion) -> SocketOptions {
        .with {
            $0.oldestVersion = oldest
            $0.reconnect = .quick
        }
    }

    @Test("a 1.0 peer talks to a ROUTER that lets it in")
    func first() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(Self.options(.v10))
            let log = EventLog(router)
            let peer = try await ScriptedPeer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            #expect(try await peer.receive(10) == Self.signature)
            for octet in [4, 0, 0x79, 0x6F, 0x75, 2, 1, 0x61, 2, 0, 0x62] as [UInt8] { try await peer.send([octet]) }
            let received = try await router.receive()
            #expect(received.peer.routingID == "you")
            #expect(received.message == ["a", "b"])
            #expect(try await log.wait(for: .handshakeSucceeded).peer?.version == .v10)
            let large = Message.Part(size: 100_000)
            try await router.send(["c", large], to: received.peer)
            try await router.send(Message(large), to: received.peer)
            #expect(try await peer.receive(3) == [2, 1, 0x63])
            for _ in 0..<2 {
                #expect(try await peer.receive(10) == [0xFF, 0, 0, 0, 0, 0, 1, 0x86, 0xA1, 0])
                #expect(try await peer.receive(100_000) == [UInt8](large))
            }
            await peer.close()
        }
    }

    @Test("a 1.0 peer gets all replies in its version, whoever writes them")
    func replies() async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket(Self.options(.v10))
            let peer = try await ScriptedPeer.connect(to: try await rep.bind(to: "tcp://127.0.0.1:*"))
            #expect(try await peer.receive(10) == Self.signature)
            // Nobody in particular, who asks for one octet after the other behind an empty delimiter.
            try await peer.send([1, 0])
            for octet in [0x61, 0x62, 0x63, 0x64, 0x65] as [UInt8] {
                try await peer.send([1, 1, 2, 0, octet])
                try await rep.send(try await rep.receive())
                #expect(try await peer.receive(5) == [1, 1, 2, 0, octet])
            }
            await peer.close()
        }
    }

    @Test("a 2.0 peer that is dialled is met in its version")
    func second() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(Self.options(.v20))
            try await dealer.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.send(Self.signature + [1])
            #expect(try await peer.receive(14) == Self.signature + [3, 5, 0, 0])
            try await peer.send([6, 0, 0] + ScriptedPeer.frame([0x61]))
            #expect(try await dealer.receive() == "a")
            try await dealer.send(["b", "c"])
            #expect(try await peer.receiveMessage() == ["b", "c"])
            await peer.close()
        }
        await listener.close()
    }

    @Test("a large message of a 1.0 peer comes whole, in whatever pieces")
    func large() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(Self.options(.v10))
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            let body = Message.Part(size: 1_000_000)
            let frame = [0xFF, 0, 0, 0, 0, 0, 0x0F, 0x42, 0x41, 0] + [UInt8](body)
            try await peer.send([1, 0])
            for start in stride(from: 0, to: frame.count, by: 30_011) {
                try await peer.send(Array(frame[start..<min(start + 30_011, frame.count)]))
            }
            try await peer.send([2, 0, 0x7A])
            #expect(try await pull.receive() == Message(body))
            #expect(try await pull.receive() == "z")
            await peer.close()
        }
    }

    @Test("a 1.0 subscriber that says nothing gets everything")
    func subscriber() async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(Self.options(.v10))
            let peer = try await ScriptedPeer.connect(to: try await pub.bind(to: "tcp://127.0.0.1:*"))
            try await peer.send([1, 0])
            try await pub.waitForSubscribers(1, within: .seconds(20))
            try await pub.send(["a", "b"])
            #expect(try await peer.receive(16) == Self.signature + [2, 1, 0x61, 2, 0, 0x62])
            await peer.close()
        }
    }

    @Test("one that breaks the protocol behind its identity is dialled later and later")
    func notHot() async throws {
        let listener = try await ScriptedListener.bind()
        let policy = ReconnectPolicy(initialDelay: .milliseconds(2), maxDelay: .seconds(10), jitter: .none)
        let answer = "HTTP/1.1 400 Bad Request\r\nServer: none\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.oldestVersion = .v10
                    $0.reconnect = policy
                })
            let log = EventLog(dealer)
            try await dealer.connect(to: listener.endpoint)
            for (number, delay) in [2, 4, 8, 16].enumerated() {
                let peer = try await listener.accept()
                try await peer.send(Array(answer.utf8))
                _ = try await peer.receiveUntilClosed()
                await peer.close()
                let end = try await log.wait(for: .disconnected, count: number + 1)
                #expect(end.reason?.violation == .malformedFrame, "\(end)")
                #expect(end.retryIn == .milliseconds(delay))
            }
        }
        await listener.close()
    }

    @Test("an old peer is refused by default, and dialled later and later")
    func refused() async throws {
        let listener = try await ScriptedListener.bind()
        let policy = ReconnectPolicy(initialDelay: .milliseconds(2), maxDelay: .seconds(10), jitter: .none)
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.with { $0.reconnect = policy })
            let log = EventLog(dealer)
            try await dealer.connect(to: listener.endpoint)
            for (number, delay) in [2, 4, 8].enumerated() {
                let peer = try await listener.accept()
                try await peer.send(Self.signature + [1, 6, 0, 0])
                _ = try await peer.receiveUntilClosed()
                await peer.close()
                let end = try await log.wait(for: .handshakeFailed, count: number + 1)
                #expect(end.reason?.violation == .unsupportedVersion, "\(end)")
                #expect(end.retryIn == .milliseconds(delay))
            }
        }
        await listener.close()
    }
}
