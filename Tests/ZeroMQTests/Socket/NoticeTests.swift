// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Messages that sockets send and receive by themselves", .timeLimit(.minutes(3)))
struct NoticeTests {
    // MARK: ZMQ_HELLO_MSG

    @Test("ZMQ_HELLO_MSG comes first on every connection, in both directions", arguments: Transport.allCases)
    func hello(transport: Transport) async throws {
        let options = SocketOptions.with { $0.helloMessage = "hello" }
        try await withSockets { context in
            let (bound, dialled) = (try context.makeDealerSocket(options), try context.makeDealerSocket(options))
            let endpoint = try await transport.fresh()
            try await dialled.connect(to: endpoint)
            try await dialled.send("queued before")
            try await bound.bind(to: endpoint)
            #expect(try await bound.receive() == "hello")
            #expect(try await bound.receive() == "queued before")
            #expect(try await dialled.receive() == "hello")
        }
    }

    @Test("ZMQ_HELLO_MSG of a ROUTER is the first thing that who connects hears", arguments: Transport.allCases)
    func helloOfRouter(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.helloMessage = "hello" })
            let endpoint = try await router.bind(to: transport.wildcard())
            for name in ["ann", "bob"] as [RoutingID] {
                let dealer = try context.makeDealerSocket(.with { $0.routingID = name })
                try await dealer.connect(to: endpoint)
                try await dealer.send("question")
                try await router.send("answer", to: try await router.receive().peer)
                #expect(try await dealer.receive() == "hello")
                #expect(try await dealer.receive() == "answer")
            }
        }
    }

    @Test("ZMQ_HELLO_MSG comes again on a connection that is made again")
    func helloAgain() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.helloMessage = "hello"
                    $0.reconnect = .quick
                })
            try await router.connect(to: listener.endpoint)
            for _ in 0..<3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .dealer)
                #expect(try await peer.receiveMessage() == "hello")
                await peer.close()
            }
        }
        await listener.close()
    }

    @Test("ZMQ_HELLO_MSG is for DEALER and ROUTER alone", arguments: Transport.allCases)
    func noHello(transport: Transport) async throws {
        try await withSockets { context in
            let options = SocketOptions.with { $0.helloMessage = "hello" }
            let (left, right) = (try context.makePairSocket(options), try context.makePairSocket(options))
            try await join(left, right, over: transport)
            try await left.send("first")
            #expect(try await right.receive() == "first")
        }
    }

    @Test("closing does not wait for a hello that nobody will hear")
    func helloToNobody() async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.with { $0.helloMessage = "hello" })
            for transport in Transport.allCases { try await dealer.connect(to: try await transport.fresh()) }
            #expect(await dealer.close() == CloseReport())
        }
    }

    // MARK: ZMQ_DISCONNECT_MSG

    @Test("ZMQ_DISCONNECT_MSG comes behind the last message of a peer that leaves", arguments: Transport.allCases)
    func disconnect(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.disconnectMessage = "gone" })
            let endpoint = try await router.bind(to: transport.wildcard())
            for name in ["ann", "bob"] as [RoutingID] {
                let dealer = try context.makeDealerSocket(.with { $0.routingID = name })
                try await dealer.connect(to: endpoint)
                try await dealer.send("last words")
                await dealer.close()
                let (last, gone) = (try await router.receive(), try await router.receive())
                #expect(last.peer.routingID == name && last.message == "last words")
                #expect(gone.peer.routingID == name && gone.message == "gone")
            }
        }
    }

    @Test("ZMQ_DISCONNECT_MSG comes when an endpoint is disconnected, and when a connection breaks")
    func disconnectOtherwise() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.disconnectMessage = "gone" })
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await dealer.connect(to: endpoint)
            try await dealer.send("hi")
            #expect(try await router.receive().message == "hi")
            try await dealer.disconnect(from: endpoint)
            #expect(try await router.receive().message == "gone")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .dealer, routingID: "bob")
            try await peer.send("hi")
            #expect(try await router.receive().message == "hi")
            try await peer.reset()
            let gone = try await router.receive()
            #expect(gone.peer.routingID == "bob" && gone.message == "gone")
        }
    }

    @Test("ZMQ_DISCONNECT_MSG comes when a peer disconnects the endpoint", arguments: Transport.allCases)
    func disconnectEndpoint(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.disconnectMessage = "gone" })
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let endpoint = try await join(router, dealer, over: transport)
            try await dealer.send("last words")
            try await dealer.disconnect(from: endpoint)
            for text in ["last words", "gone"] {
                let received = try await router.receive()
                #expect(received.message.text == text && received.peer.routingID == "ann")
            }
        }
    }

    @Test("ZMQ_DISCONNECT_MSG comes when heartbeats find a peer dead")
    func disconnectByHeartbeat() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.disconnectMessage = "gone"
                    $0.heartbeatInterval = .milliseconds(50)
                })
            let peer = try await ScriptedPeer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .dealer, routingID: "ann")
            let gone = try await router.receive()
            #expect(gone.message == "gone" && gone.peer.routingID == "ann")
            await peer.close()
        }
    }

    @Test("ZMQ_DISCONNECT_MSG does not come of a peer that was never ready, nor of a dialled one")
    func noDisconnect() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.disconnectMessage = "gone"
                    $0.reconnect = .quick
                })
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let stranger = try await ScriptedPeer.connect(to: endpoint)
            try await stranger.send(ScriptedPeer.greeting())
            await stranger.close()
            try await log.wait(for: .handshakeFailed)
            try await router.connect(to: listener.endpoint)
            let peer = try await listener.accept()
            try await peer.shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded)
            await peer.close()
            try await log.wait(for: .disconnected)
            #expect(try router.tryReceive() == nil)
        }
        await listener.close()
    }

    // MARK: ZMQ_HICCUP_MSG

    @Test("ZMQ_HICCUP_MSG comes each time a dialled connection is lost")
    func hiccup() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.hiccupMessage = "hiccup"
                    $0.reconnect = .quick
                })
            try await dealer.connect(to: listener.endpoint)
            // Not of a handshake that failed.
            await (try await listener.accept()).close()
            for round in 0..<3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .router)
                try await peer.send(Message(number: round))
                #expect(try await dealer.receive().number == round)
                await peer.close()
                #expect(try await dealer.receive() == "hiccup")
            }
        }
        await listener.close()
    }

    @Test("ZMQ_HICCUP_MSG does not come of a connection that came in")
    func noHiccup() async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.with { $0.hiccupMessage = "hiccup" })
            let log = EventLog(dealer)
            let endpoint = try await dealer.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .dealer)
            try await log.wait(for: .handshakeSucceeded)
            await peer.close()
            try await log.wait(for: .disconnected)
            #expect(try dealer.tryReceive() == nil)
        }
    }

    @Test("of an application that does not receive, messages do not pile up")
    func noPile() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.hiccupMessage = "hiccup"
                    $0.receiveHighWaterMark = 5
                    $0.reconnect = .quick
                })
            let log = EventLog(dealer)
            try await dealer.connect(to: listener.endpoint)
            for round in 1...10 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .router)
                await peer.close()
                try await log.wait(for: .disconnected, count: round)
            }
            var count = 0
            while try dealer.tryReceive() != nil { count += 1 }
            #expect(count == 5)
        }
        await listener.close()
    }

    // MARK: ZMQ_ROUTER_NOTIFY

    @Test(
        "ZMQ_ROUTER_NOTIFY tells by an empty message of who comes and who goes",
        arguments: [[], .connect, .disconnect, [.connect, .disconnect]] as [RouterNotify], Transport.wires)
    func routerNotify(notify: RouterNotify, transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerNotify = notify })
            let endpoint = try await router.bind(to: transport.wildcard())
            for name in ["ann", "bob"] as [RoutingID] {
                let dealer = try context.makeDealerSocket(.with { $0.routingID = name })
                try await dealer.connect(to: endpoint)
                try await dealer.send("message")
                await dealer.close()
                var expected: [Message] = ["message"]
                if notify.contains(.connect) { expected.insert("", at: 0) }
                if notify.contains(.disconnect) { expected.append("") }
                for message in expected {
                    let received = try await router.receive()
                    #expect(received.peer.routingID == name)
                    #expect(received.message == message)
                }
            }
            #expect(try router.tryReceive() == nil)
        }
    }

    @Test("ZMQ_ROUTER_NOTIFY tells of each connection of a dialled peer")
    func routerNotifyDialled() async throws {
        let listener = try await ScriptedListener.bind()
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerNotify = [.connect, .disconnect]
                    $0.reconnect = .quick
                })
            try await router.connect(to: listener.endpoint)
            for _ in 0..<3 {
                let peer = try await listener.accept()
                try await peer.shakeHands(as: .dealer, routingID: "ann")
                #expect(try await router.receive().message == "")
                await peer.close()
                let gone = try await router.receive()
                #expect(gone.message == "" && gone.peer.routingID == "ann")
            }
        }
        await listener.close()
    }

    @Test("a peer whose name was taken over leaves without a word")
    func handover() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerHandover = true
                    $0.routerNotify = .disconnect
                    $0.disconnectMessage = "gone"
                })
            let log = EventLog(router)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let (old, new) = (
                try await ScriptedPeer.connect(to: endpoint), try await ScriptedPeer.connect(to: endpoint)
            )
            try await old.shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .handshakeSucceeded)
            try await new.shakeHands(as: .dealer, routingID: "ann")
            try await log.wait(for: .disconnected)
            try await new.send("from the new one")
            #expect(try await router.receive().message == "from the new one")
            await new.close()
            #expect(try await router.receive().message == "")
            #expect(try await router.receive().message == "gone")
        }
    }
}
