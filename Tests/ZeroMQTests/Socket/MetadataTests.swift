// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Metadata of connections", .timeLimit(.minutes(3)))
struct MetadataTests {
    private static func property(_ name: String, _ value: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8) + [0, 0, 0, UInt8(value.utf8.count)] + Array(value.utf8)
    }

    @Test("is announced in READY, behind type and routing id, in the order of its names")
    func announced() async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.routingID = "me"
                    $0.metadata = ["X-b": "two", "X-a": "one"]
                })
            let peer = try await ScriptedPeer.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"))
            try await peer.send(ScriptedPeer.greeting())
            _ = try await peer.receive(64)
            let ready = try await peer.receiveFrame()
            let expected = [("Socket-Type", "DEALER"), ("Identity", "me"), ("X-a", "one"), ("X-b", "two")]
            #expect(ready.body == [5] + Array("READY".utf8) + expected.flatMap { Self.property($0, $1) })
            await peer.close()
        }
    }

    @Test("as large as allowed is accepted by a socket of ours")
    func largest() async throws {
        try await withSockets { context in
            let text = String(repeating: "1", count: 64_992)
            let push = try context.makePushSocket(.with { $0.metadata = ["X-a": text] })
            let pull = try context.makePullSocket()
            try await join(pull, push, over: .tcp)
            try await push.send("x")
            #expect(try await pull.receiveDescribed().origin?.property("X-a") == text)
        }
    }

    @Test("is told beside a message, with type, routing id and address", arguments: Transport.wires)
    func described(transport: Transport) async throws {
        try await withSockets { context in
            let options = SocketOptions.with {
                $0.routingID = "ann"
                $0.metadata = ["X-Version": "7", "X-Empty.Set": "{}"]
            }
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket(options))
            let log = EventLog(router)
            try await join(router, dealer, over: transport)
            try await dealer.send(["a", "b"])
            let received = try await router.receiveDescribed()
            #expect(received.message == ["a", "b"])
            #expect(received.peer?.routingID == "ann")
            let origin = try #require(received.origin)
            #expect(origin.property("X-Version") == "7")
            #expect(origin.property("x-version") == "7")
            #expect(origin.property("X-Empty.Set") == "{}")
            #expect(origin.property("Socket-Type") == "DEALER")
            #expect(origin.property("Routing-Id") == "ann")
            #expect(origin.property("Identity") == "ann")
            #expect(origin.property("Peer-Address") == (transport == .tcp ? "127.0.0.1" : nil))
            #expect(origin.property("User-Id") == nil)
            #expect(origin.property("X-Unknown") == nil)
            // The same is known by the peer, and told by the event.
            let peer = try #require(received.peer)
            #expect(router.description(of: peer) == origin)
            #expect(try await log.wait(for: .handshakeSucceeded).peer == origin)
            #expect(origin.description.contains("X-Empty.Set: {}, X-Version: 7"), "\(origin)")
            // The side that dialled knows as much of the one that accepted.
            try await router.send("back", to: peer)
            #expect(try await dealer.receiveDescribed().origin?.property("Socket-Type") == "ROUTER")
        }
    }

    @Test("stays with its message when the peer is gone")
    func outlivesPeer() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            for name in ["ann", "bob"] {
                let dealer = try context.makeDealerSocket(.with { $0.metadata = ["X-Name": name] })
                try await dealer.connect(to: endpoint)
                try await dealer.send("hello")
                await dealer.close()
            }
            try await log.wait(for: .disconnected, count: 2)
            let messages = [try await router.receiveDescribed(), try await router.receiveDescribed()]
            #expect(Set(messages.map { $0.origin?.property("X-Name") }) == ["ann", "bob"])
            // Nothing of them is left, which the socket finds when it looks again.
            #expect(try router.tryReceive() == nil)
            for message in messages { #expect(router.description(of: try #require(message.peer)) == nil) }
        }
    }

    @Test("of the peer says nothing about what only this side can know, and is fit for a log")
    func untrusted() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let peer = try await ScriptedPeer.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            let said = [
                ("Socket-Type", "PUSH"), ("User-Id", "root"), ("Peer-Address", "10.0.0.1"), ("Routing-Id", "you"),
                ("X-Line", "a\nb\u{1B}[2J"), ("Software", "script"), ("X-Long", String(repeating: "x", count: 200)),
            ]
            let ready = ScriptedPeer.command("READY", said.flatMap { Self.property($0, $1) })
            try await peer.send(ScriptedPeer.greeting() + ready + ScriptedPeer.frame([0x21]))
            let origin = try #require(try await pull.receiveDescribed().origin)
            #expect(origin.property("User-Id") == nil)
            #expect(origin.property("Peer-Address") == "127.0.0.1")
            #expect(origin.property("Routing-Id") == nil)
            #expect(origin.property("Software") == "script")
            #expect(origin.property("X-Line") == "a\nb\u{1B}[2J")
            #expect(origin.description.allSatisfy { !$0.isNewline && $0 != "\u{1B}" })
            #expect(origin.description.count < 300)
            await peer.close()
        }
    }

    @Test("does not exist over inproc; the message comes all the same")
    func inproc() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: .inproc)
            try await push.send("x")
            let received = try await pull.receiveDescribed()
            #expect(received.message == "x")
            #expect(received.origin == nil)
        }
    }

    @Test(
        "receiving with it waits, gives up, is cancelled and ends as receiving without", arguments: Transport.allCases)
    func waiting(transport: Transport) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: transport)
            #expect(try pull.tryReceiveDescribed() == nil)
            #expect(try await pull.receiveDescribed(within: .milliseconds(1)) == nil)
            async let received = pull.receiveDescribed()
            try await push.send("x")
            #expect(try await received.message == "x")
            let cancelled = Task { try await pull.receiveDescribed() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { _ = try await cancelled.value }
            try await push.send("y")
            #expect(try await pull.receiveDescribed(within: .seconds(20))?.message == "y")
            let ended = Task { try await pull.receiveDescribed() }
            await pull.close()
            await expectError(.closed) { _ = try await ended.value }
        }
    }

    @Test("keeps REQ and REP in turn")
    func turns() async throws {
        try await withSockets { context in
            let (rep, req) = (try context.makeRepSocket(), try context.makeReqSocket())
            try await join(rep, req, over: .tcp)
            await expectError(.wrongState) { _ = try await req.receiveDescribed() }
            try await req.send("q")
            #expect(try await rep.receiveDescribed().message == "q")
            try await rep.send("a")
            let answer = try await req.receiveDescribed()
            #expect(answer.message == "a")
            #expect(answer.origin?.socketType == .rep)
        }
    }
}
