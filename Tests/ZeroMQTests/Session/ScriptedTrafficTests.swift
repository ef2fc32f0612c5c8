// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Traffic with a peer that follows a script", .timeLimit(.minutes(3)))
struct ScriptedTrafficTests {
    @Test("delivers nothing of a message that breaks off with its connection")
    func partialMessage() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let whole =
                ScriptedPeer.frame([0x31], more: true) + ScriptedPeer.frame([0x32], more: true)
                + ScriptedPeer.frame(Array(repeating: 0x33, count: 300))
            for cut in [1, 2, 3, 5, 6, 7, 20, whole.count - 1] {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try await peer.shakeHands(as: .push)
                try await peer.send(ScriptedPeer.frame([0x30]) + whole.prefix(cut))
                await peer.close()
            }
            try await log.wait(for: .disconnected, count: 8)
            for _ in 0..<8 { #expect(try await pull.receive() == "0") }
            #expect(try pull.tryReceive() == nil)
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            try await peer.send(whole)
            #expect(try await pull.receive().count == 3)
            await peer.close()
        }
    }

    @Test("understands octets that come one by one")
    func byteByByte() async throws {
        try await withSockets { context in
            // An octet at a time, a busy machine may need longer for a handshake than is allowed by default.
            let router = try context.makeRouterSocket(.with { $0.handshakeTimeout = nil })
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            let script =
                ScriptedPeer.greeting() + ScriptedPeer.ready("DEALER", identity: [0x61])
                + ScriptedPeer.command("PING", [0, 0, 7]) + ScriptedPeer.frame([0x31], more: true)
                + ScriptedPeer.frame([0x32])
            for octet in script { try await peer.send([octet]) }
            let received = try await router.receive()
            #expect(received.peer.routingID == "a")
            #expect(received.message == ["1", "2"])
            _ = try await peer.receive(64)
            #expect(try await peer.receiveFrame().isCommand(named: "READY"))
            let pong = try await peer.receiveFrame()
            #expect(pong.isCommand(named: "PONG"))
            #expect(pong.body.last == 7)
            try await router.send(["re", "ply"], to: received.peer)
            #expect(try await peer.receiveMessage() == ["re", "ply"])
            await peer.close()
        }
    }

    @Test("answers a peer whose handshake and messages come in one piece")
    func oneSegment() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.send(
                ScriptedPeer.greeting() + ScriptedPeer.ready("PUSH") + (0..<100).flatMap { ScriptedPeer.frame([$0]) })
            for number in 0..<100 { #expect(try await pull.receive()[0].first == UInt8(number)) }
            await peer.close()
        }
    }

    @Test("talks to ZMTP 3.0, to later versions, and to peers that keep their type to themselves")
    func otherVersions() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let scripts: [[UInt8]] = [
                ScriptedPeer.greeting(minor: 0) + ScriptedPeer.ready("PUSH"),
                ScriptedPeer.greeting(major: 4, minor: 2) + ScriptedPeer.ready("PUSH"),
                ScriptedPeer.greeting() + ScriptedPeer.command("READY"),
            ]
            for script in scripts {
                let peer = try await ScriptedPeer.connect(to: endpoint)
                try await peer.send(script + ScriptedPeer.frame([0x21]))
                #expect(try await pull.receive() == "!")
                await peer.close()
            }
            try await log.wait(for: .handshakeSucceeded, count: 3)
            let peers = log.events.compactMap(\.peer)
            #expect(peers.map(\.version) == [.v30, .v31, .v31])
            #expect(peers.map(\.socketType) == [.push, .push, nil])
        }
    }

    @Test("drops answers to PING rather than to pile them up for a peer that does not read")
    func pingFlood() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint, receiveBuffer: 4096)
            try await peer.shakeHands(as: .push)
            let ping = ScriptedPeer.command("PING", [0, 0] + Array(repeating: 0x70, count: 16))
            let batch = Array(repeating: ping, count: 10_000).flatMap { $0 }
            for _ in 0..<40 { try await peer.send(batch) }
            // All of them have been read once this is here.
            try await peer.send("done" as Message)
            #expect(try await pull.receive() == "done")
            async let hearing = peer.receiveUntilClosed()
            await pull.close()
            let answers = try await hearing
            let all = 40 * 10_000 * (ping.count - 2)
            #expect(answers.count < all * 2 / 3, "\(answers.count) of \(all) octets were kept")
            await peer.close()
        }
    }

    @Test("throws away what is sent to a PUSH, and does not stop hearing its peer")
    func talkingToPush() async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 10, receiving: 10))
            let endpoint = try await push.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .pull)
            let frame = ScriptedPeer.frame(Array(repeating: 0x2A, count: 1000))
            for _ in 0..<100 { try await peer.send(Array(repeating: frame, count: 100).flatMap { $0 }) }
            try await peer.send(ScriptedPeer.command("PING", [0, 0, 1]))
            try await push.send("still here")
            var heard: [ScriptedPeer.Frame] = []
            for _ in 0..<2 { heard.append(try await peer.receiveFrame()) }
            #expect(heard.contains { $0.isCommand(named: "PONG") })
            #expect(heard.contains { $0.body == Array("still here".utf8) })
            await peer.close()
        }
    }

    @Test("goes on sending to a peer that has said its last word")
    func halfClosed() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .push)
            try await peer.send("last word" as Message)
            try await peer.closeWriting()
            #expect(try await pull.receive() == "last word")
            // Nothing more can come: the connection is over.
            try await log.wait(for: .disconnected)
            await peer.close()
        }
    }
}
