// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

/// From when on there is somebody to send to, and who that is.
@Suite("A peer begins", .timeLimit(.minutes(3)))
struct PeerBeginningTests {
    @Test(
        "once its handshake is complete, if it was accepted: nothing can be sent to it before",
        arguments: [SocketType.push, .dealer, .pair, .req])
    func accepted(type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            let log = EventLog(socket)
            let peer = try await ScriptedPeer.connect(to: try await socket.bind(to: "tcp://127.0.0.1:*"))
            try await peer.send(ScriptedPeer.greeting())
            _ = try await peer.receive(64)
            #expect(try await peer.receiveFrame().isCommand(named: "READY"))
            #expect(try socket.trySend("too early") == false)
            try await peer.send(ScriptedPeer.ready(type.counterpart.wireName))
            try await log.wait(for: .handshakeSucceeded)
            try await socket.send("now")
            #expect(try await peer.receiveMessage().last == "now")
            await peer.close()
        }
    }

    @Test("for a ROUTER that dials, with the id that the handshake tells", arguments: Transport.allCases)
    func dialledByRouter(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let options = SocketOptions.with { $0.reconnect = .quick }
            let lenient = try context.makeRouterSocket(options)
            try await lenient.connect(to: endpoint)
            #expect(try lenient.trySend("too early", to: "ann"))
            #expect(lenient.snapshot().totals.dropped[.unroutable] == 1)
            try lenient.update { $0.routerMandatory = true }
            await expectError(.unroutable) { try await lenient.send("too early", to: "ann") }
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await dealer.bind(to: endpoint)
            #expect(
                try await eventually {
                    do { return try lenient.trySend("now", to: "ann") } catch { return false }
                })
            #expect(try await dealer.receive() == "now")
        }
    }

    @Test("and keeps its id at a ROUTER that dials, whatever it calls itself when it comes back")
    func keepsID() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.reconnect = .quick
                    $0.routerMandatory = true
                })
            try await router.connect(to: listener.endpoint)
            for name in ["ann", "bob", "ann"] as [RoutingID] {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .dealer, routingID: name)
                try await peer.send("hello" as Message)
                #expect(try await router.receive().peer.routingID == "ann")
                try await router.send("hello, ann", to: "ann")
                #expect(try await peer.receiveMessage() == "hello, ann")
                await expectError(.unroutable) { try await router.send("who?", to: "bob") }
                await peer.close()
            }
        }
        await listener.close()
    }

    @Test(
        "under a generated id, if it says nothing of one or says that it has none", arguments: [nil, []] as [[UInt8]?])
    func anonymous(identity: [UInt8]?) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let peer = try await ScriptedPeer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await peer.send(ScriptedPeer.greeting() + ScriptedPeer.ready("DEALER", identity: identity))
            try await peer.send("hello" as Message)
            let id = try await router.receive().peer.routingID
            #expect(id.part.count == 5 && id.part[0] == 0)
            await peer.close()
        }
    }

    @Test("not at all with the id of another one: nothing that it sends is taken, least of all for an id")
    func duplicate() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerMandatory = true })
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let holder = try await ScriptedPeer.connect(to: endpoint)
            try await holder.shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded)
            let newcomer = try await ScriptedPeer.connect(to: endpoint)
            // All in one piece, so that the messages are there when the id is.
            let words = ["bob", "carl"].flatMap { ScriptedPeer.frame(Array($0.utf8)) }
            try await newcomer.send(
                ScriptedPeer.greeting() + ScriptedPeer.ready("DEALER", identity: Array("ann".utf8)) + words)
            _ = try await newcomer.receiveUntilClosed()
            try await log.wait(for: .handshakeFailed)
            for name in ["bob", "carl"] as [RoutingID] {
                await expectError(.unroutable) { try await router.send("who?", to: name) }
            }
            #expect(try router.tryReceive() == nil)
            try await holder.send("still here" as Message)
            let received = try await router.receive()
            #expect(received.peer.routingID == "ann" && received.message == "still here")
            await holder.close()
        }
    }

    @Test("ZMQ_ROUTER_NOTIFY, ZMQ_DISCONNECT_MSG: tell of its end behind whole messages, not behind half of one")
    func endsWithinMessage() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerNotify = [.connect, .disconnect]
                    $0.disconnectMessage = "gone"
                })
            let peer = try await ScriptedPeer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .dealer, routingID: "ann")
            try await peer.send(ScriptedPeer.frame([0x31]) + ScriptedPeer.frame([0x32], more: true))
            await peer.close()
            for expected in ["", "1", "", "gone"] as [Message] {
                #expect(try await router.receive().message == expected)
            }
            #expect(try router.tryReceive() == nil)
        }
    }

    @Test("with one probe for a dialled pipe, in front of all messages, and none when it reconnects")
    func probedOnce() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.probeRouter = true
                    $0.reconnect = .quick
                })
            try await dealer.connect(to: listener.endpoint)
            try await dealer.send("first")
            #expect(dealer.unsentMessages == 2)
            let first = try await listener.accept()
            try await first.shakeHands(as: .router)
            #expect(try await first.receiveMessage() == "")
            #expect(try await first.receiveMessage() == "first")
            await first.close()
            let second = try await listener.accept()
            try await second.shakeHands(as: .router)
            try await dealer.send("second")
            #expect(try await second.receiveMessage() == "second")
            await second.close()
        }
        await listener.close()
    }
}
