// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

/// Options whose effect the other side sees, or that are about it.
@Suite(
    "Messages that sockets send and receive by themselves, with libzmq", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: ForeignPeer.isAvailable))
struct NoticeTests {
    @Test("a foreign DEALER gets ZMQ_HELLO_MSG first, each time it comes")
    func hello() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.helloMessage = "hello"
            options.routerMandatory = true
            let router = try context.makeRouterSocket(options)
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            for name in ["first", "second"] {
                let dealer = try await peer.open(.dealer, ["routing_id": .text(name)])
                try await dealer.connect(to: endpoint)
                #expect(try await dealer.receive()?.text == ["hello"])
                try await router.send("next", to: try RoutingID(name))
                #expect(try await dealer.receive()?.text == ["next"])
            }
        }
    }

    @Test("ZMQ_ROUTER_NOTIFY and ZMQ_DISCONNECT_MSG frame what a foreign DEALER sends")
    func notify() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.routerNotify = [.connect, .disconnect]
            options.disconnectMessage = "gone"
            let router = try context.makeRouterSocket(options)
            let dealer = try await peer.open(.dealer, ["routing_id": .text("ann"), "linger": 1000])
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await dealer.send("message")
            #expect(try await router.receive(within: .seconds(20))?.message == "")
            #expect(try await router.receive(within: .seconds(20))?.message == "message")
            try await dealer.close()
            for expected in ["", "gone"] as [Message] {
                let received = try await router.receive(within: .seconds(20))
                #expect(received?.message == expected)
                #expect(received?.peer.routingID == "ann")
            }
        }
    }

    @Test("a foreign DEALER is known by ZMQ_CONNECT_ROUTING_ID, whatever it calls itself")
    func connectRoutingID() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.routerMandatory = true
            let router = try context.makeRouterSocket(options)
            let dealer = try await peer.open(.dealer, ["routing_id": .text("own name")])
            try await router.connect(to: try await dealer.bind(to: "tcp://127.0.0.1:*"), as: "given name")
            try await router.send("at once", to: "given name")
            #expect(try await dealer.receive()?.text == ["at once"])
            try await dealer.send("back")
            #expect(try await router.receive(within: .seconds(20))?.peer.routingID == "given name")
        }
    }

    @Test("a foreign ROUTER learns of us by ZMQ_PROBE_ROUTER, and we of a foreign DEALER")
    func probe() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.probeRouter = true
            options.routingID = "ours"
            let theirs = try await peer.open(.router)
            let dealer = try context.makeDealerSocket(options)
            try await dealer.connect(to: try await theirs.bind(to: "tcp://127.0.0.1:*"))
            #expect(try await theirs.receive()?.text == ["ours", ""])
            let router = try context.makeRouterSocket()
            let foreign = try await peer.open(.dealer, ["probe_router": 1, "routing_id": .text("theirs")])
            try await foreign.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            let received = try await router.receive(within: .seconds(20))
            #expect(received?.peer.routingID == "theirs" && received?.message == "")
        }
    }

    @Test("a foreign PULL that comes late gets the newest message of our conflating PUSH")
    func conflatingPush() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.conflate = true
            let push = try context.makePushSocket(options)
            let endpoint = Fresh.tcpEndpoint()
            try await push.connect(to: endpoint)
            for number in 0..<100 { #expect(try push.trySend(Message("\(number)"))) }
            let pull = try await peer.open(.pull)
            try await pull.bind(to: endpoint)
            #expect(try await pull.receive()?.text == ["99"])
        }
    }

    @Test("our conflating PULL keeps the newest of a foreign PUSH, and our PUSH fills a foreign conflating PULL")
    func conflatingPull() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.conflate = true
            let pull = try context.makePullSocket(options)
            let push = try await peer.open(.push)
            try await push.connect(to: try await pull.bind(to: "tcp://127.0.0.1:*"))
            try await push.sendMany(1000)
            var last = ""
            while last != "999" { last = String(try #require(try await pull.receive(within: .seconds(20)))[0]) }

            let theirs = try await peer.open(.pull, ["conflate": 1])
            let ours = try context.makePushSocket()
            try await ours.connect(to: try await theirs.bind(to: "tcp://127.0.0.1:*"))
            for number in 0..<1000 { try await ours.send(Message("\(number)")) }
            var seen = ""
            while seen != "999" { seen = try #require(try await theirs.receive()).text[0] }
        }
    }

    @Test("a foreign DEALER is turned away by ZMQ_TCP_ACCEPT_FILTER")
    func acceptFilter() async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.tcp.acceptedRanges = [try AddressRange("10.0.0.0/8")]
            let router = try context.makeRouterSocket(options)
            var events = router.events.makeAsyncIterator()
            let dealer = try await peer.open(.dealer)
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            while let event = await events.next() {
                if case .accepted = event { Issue.record("let in: \(event)") }
                if case .acceptFailed(_, let error) = event {
                    #expect(error.code == .permissionDenied)
                    break
                }
            }
        }
    }
}
