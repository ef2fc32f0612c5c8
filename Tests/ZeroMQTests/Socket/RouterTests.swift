// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("RFC 28, ROUTER", .timeLimit(.minutes(3)))
struct RouterTests {
    @Test("names a peer by the routing id that it announces", arguments: Transport.allCases, [true, false])
    func givenID(transport: Transport, routerBinds: Bool) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            if routerBinds {
                try await join(router, dealer, over: transport)
            } else {
                try await join(dealer, router, over: transport)
            }
            try await dealer.send("hello")
            let received = try await router.receive()
            #expect(received.peer.routingID == "ann")
            try await router.send("by peer", to: received.peer)
            try await router.send("by id", to: "ann")
            #expect(try await dealer.receive() == "by peer")
            #expect(try await dealer.receive() == "by id")
        }
    }

    @Test("knows peers by ids of every length and with every octet", arguments: Transport.allCases)
    func oddIDs(transport: Transport) async throws {
        let ids = try [
            RoutingID([1]), RoutingID([255, 0, 128]), RoutingID(Array(1...255)),
            RoutingID(Array(repeating: 65, count: 255)),
        ]
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerMandatory = true })
            let endpoint = try await router.bind(to: transport.wildcard())
            for id in ids {
                let dealer = try context.makeDealerSocket(.with { $0.routingID = id })
                try await dealer.connect(to: endpoint)
                try await dealer.send("hello")
                #expect(try await router.receive().peer.routingID == id)
                try await router.send("by id", to: id)
                #expect(try await dealer.receive() == "by id")
                await dealer.close()
            }
        }
    }

    @Test("generates ids of five octets, the first zero, each another one", arguments: Transport.allCases)
    func generatedIDs(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            for number in 0..<10 {
                let dealer = try context.makeDealerSocket()
                try await dealer.connect(to: endpoint)
                try await dealer.send(Message(number: number))
            }
            var ids: Set<RoutingID> = []
            for _ in 0..<10 {
                let id = try await router.receive().peer.routingID
                #expect(id.part.count == 5)
                #expect(id.part[0] == 0)
                ids.insert(id)
            }
            #expect(ids.count == 10)
        }
    }

    @Test("drops messages to nobody, unless it is mandatory", arguments: Transport.allCases)
    func unroutable(transport: Transport) async throws {
        try await withSockets { context in
            let lenient = try context.makeRouterSocket()
            let strict = try context.makeRouterSocket(.with { $0.routerMandatory = true })
            for router in [lenient, strict] { try await router.bind(to: transport.wildcard()) }
            try await lenient.send("into the void", to: "nobody")
            #expect(try lenient.trySend("into the void", to: "nobody"))
            await expectError(.unroutable) { try await strict.send("refused", to: "nobody") }
            await expectError(.unroutable) { try strict.trySend("refused", to: "nobody") }
            await expectError(.unroutable) { try await strict.send("refused", to: "nobody", within: .seconds(1)) }
        }
    }

    @Test("no longer reaches a peer that has left, not even who took its id", arguments: Transport.allCases)
    func peerGone(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerMandatory = true })
            let endpoint = try await router.bind(to: transport.wildcard())
            let first = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await first.connect(to: endpoint)
            try await first.send("one")
            let old = try await router.receive().peer
            await first.close()
            #expect(
                try await eventually {
                    do { return try !router.trySend("anyone?", to: old) } catch { return true }
                })
            await expectError(.unroutable) { try await router.send("gone", to: "ann") }
            let second = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            try await second.connect(to: endpoint)
            try await second.send("two")
            let new = try await router.receive().peer
            #expect(new.routingID == old.routingID)
            #expect(new != old)
            await expectError(.unroutable) { try await router.send("for the old one", to: old) }
            try await router.send("for the new one", to: new)
            #expect(try await second.receive() == "for the new one")
        }
    }

    @Test("hands on what a peer sent before it left", arguments: Transport.allCases)
    func lastWords(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let dealer = try context.makeDealerSocket()
            try await join(router, dealer, over: transport)
            try await send(0..<50, to: dealer)
            await dealer.close()
            for number in 0..<50 { #expect(try await router.receive().message.number == number) }
        }
    }

    @Test("refuses a second peer with the same id and says so; the first one stays", arguments: Transport.allCases)
    func duplicateID(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            let options = SocketOptions.with {
                $0.routingID = "ann"
                $0.reconnect = nil
            }
            let (first, second) = (try context.makeDealerSocket(options), try context.makeDealerSocket(options))
            // Over inproc the refusal is with the one who connects: nobody has come to the other side.
            let log = EventLog(transport == .inproc ? second : first)
            let routerLog = EventLog(router)
            try await first.connect(to: endpoint)
            try await first.send("one")
            let peer = try await router.receive().peer
            try await second.connect(to: endpoint)
            let event = try await (transport == .inproc ? log : routerLog).wait(for: .handshakeFailed)
            #expect(event.reason?.isRefusal == true)
            #expect("\(event)".contains("ann"))
            try await router.send("still there", to: peer)
            #expect(try await first.receive() == "still there")
            try await first.send("two")
            #expect(try await router.receive().message == "two")
            keepOpen(second)
        }
    }

    @Test("lets a newcomer take the id over, if that is wanted", arguments: Transport.allCases)
    func handover(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerHandover = true
                    $0.routerMandatory = true
                })
            let endpoint = try await router.bind(to: transport.wildcard())
            let options = SocketOptions.with {
                $0.routingID = "ann"
                $0.reconnect = nil
            }
            let (first, second) = (try context.makeDealerSocket(options), try context.makeDealerSocket(options))
            try await first.connect(to: endpoint)
            try await first.send("one")
            let old = try await router.receive().peer
            try await second.connect(to: endpoint)
            try await second.send("two")
            let new = try await router.receive().peer
            #expect(new.routingID == "ann")
            try await router.send("for the new one", to: "ann")
            #expect(try await second.receive() == "for the new one")
            #expect(
                try await eventually {
                    do { return try !router.trySend("anyone?", to: old) } catch { return true }
                })
            keepOpen(first)
        }
    }

    @Test("is told of sockets that probe it", arguments: Transport.allCases, [SocketType.dealer, .req, .router])
    func probe(transport: Transport, type: SocketType) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let prober = try context.makeSocket(
                type,
                .with {
                    $0.probeRouter = true
                    $0.routingID = "prober"
                })
            try await join(router, prober, over: transport)
            let received = try await router.receive()
            #expect(received.message == Message())
            #expect(received.peer.routingID == "prober")
        }
    }

    @Test("that dials is probed by who accepts it", arguments: Transport.allCases)
    func probeFromBinder(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let dealer = try context.makeDealerSocket(.with { $0.probeRouter = true })
            try await join(dealer, router, over: transport)
            let received = try await router.receive()
            #expect(received.message == Message())
            try await router.send("hello", to: received.peer)
            #expect(try await dealer.receive() == "hello")
        }
    }

    @Test("tells whether a peer has room (zmq_socket_get_peer_state)", arguments: Transport.allCases)
    func room(transport: Transport) async throws {
        let body = Message(size: transport == .inproc ? 1 : 100_000)
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 5
                })
            let dealer = try context.makeDealerSocket(
                .with {
                    $0.routingID = "ann"
                    $0.receiveHighWaterMark = 5
                })
            await expectError(.unroutable) { try router.hasRoom(for: "ann") }
            try await join(router, dealer, over: transport)
            try await dealer.send("here")
            _ = try await router.receive()
            #expect(try router.hasRoom(for: "ann"))
            var sent = 0
            while try await sends({ try await router.send(body, to: "ann", within: .milliseconds(100)) }) { sent += 1 }
            #expect(try !router.hasRoom(for: "ann"))
            for _ in 0..<sent { #expect(try await dealer.receive() == body) }
            #expect(try await eventually { try router.hasRoom(for: "ann") })
            await dealer.close()
            #expect(
                try await eventually {
                    do { return try router.hasRoom(for: "ann") && false } catch let error as ZeroMQError {
                        return error.code == .unroutable
                    }
                })
        }
    }

    @Test("that is mandatory waits for the room of one peer, and others get through", arguments: Transport.allCases)
    func mandatoryWaits(transport: Transport) async throws {
        let body = Message.Part(size: transport == .inproc ? 1 : 100_000)
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 5
                })
            let endpoint = try await router.bind(to: transport.wildcard())
            var peers: [Peer] = []
            let dealers = try (0..<2).map { _ in try context.makeDealerSocket(.marks(sending: 5, receiving: 5)) }
            for dealer in dealers {
                try await dealer.connect(to: endpoint)
                try await dealer.send("here")
                peers.append(try await router.receive().peer)
            }
            var sent = 0
            while try await sends({
                try await router.send([Message.Part("\(sent)"), body], to: peers[0], within: .milliseconds(100))
            }) {
                sent += 1
            }
            let (last, full) = (sent, peers[0])
            async let waiting: Void = router.send([Message.Part("\(last)"), body], to: full)
            try await router.send("for the other one", to: peers[1])
            #expect(try await dealers[1].receive() == "for the other one")
            for number in 0...last { #expect(try await dealers[0].receive().number == number) }
            try await waiting
        }
    }

    @Test("that waits for the room of a peer is told when it leaves")
    func mandatoryPeerLeaves() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 5
                })
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let dealer = try await ScriptedPeer.connect(to: endpoint)
            try await dealer.shakeHands(as: .dealer)
            try await dealer.send("here" as Message)
            let peer = try await router.receive().peer
            let message = Message(size: 100_000)
            while try await sends({ try await router.send(message, to: peer, within: .milliseconds(100)) }) {}
            while try router.trySend(message, to: peer) {}
            let byPeer = Task { try await router.send(message, to: peer) }
            let byID = Task { try await router.send(message, to: peer.routingID) }
            try await dealer.reset()
            await expectError(.unroutable) { try await byPeer.value }
            await expectError(.unroutable) { try await byID.value }
        }
    }

    @Test("that waits for the room of a peer is told when it leaves, also over inproc")
    func mandatoryInprocPeerLeaves() async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(
                .with {
                    $0.routerMandatory = true
                    $0.sendHighWaterMark = 5
                })
            let dealer = try context.makeDealerSocket(.marks(sending: 5, receiving: 5))
            try await join(router, dealer, over: .inproc)
            try await dealer.send("here")
            let peer = try await router.receive().peer
            while try router.trySend("filling", to: peer) {}
            let waiting = Task { try await router.send("too much", to: peer) }
            await dealer.close()
            await expectError(.unroutable) { try await waiting.value }
        }
    }

    @Test("two of them talk once each knows the other's id", arguments: Transport.allCases)
    func routerToRouter(transport: Transport) async throws {
        try await withSockets { context in
            let ann = try context.makeRouterSocket(
                .with {
                    $0.routingID = "ann"
                    $0.routerMandatory = true
                })
            let bob = try context.makeRouterSocket(
                .with {
                    $0.routingID = "bob"
                    $0.probeRouter = true
                })
            try await join(ann, bob, over: transport)
            let probe = try await ann.receive()
            #expect(probe.peer.routingID == "bob")
            try await ann.send(["multi", "part"], to: "bob")
            let received = try await bob.receive()
            #expect(received.peer.routingID == "ann")
            #expect(received.message == ["multi", "part"])
        }
    }
}
