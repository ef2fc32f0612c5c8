// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Routing ids", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct IdentityTests {
    @Test("of ours are what a foreign ROUTER sees", arguments: [SocketType.req, .dealer])
    func oursAreSeen(type: SocketType) async throws {
        try await withPeer { context, peer in
            let router = try await peer.open(.router)
            var options = SocketOptions()
            options.routingID = "printable id"
            let socket = try context.makeSocket(type, options)
            try await socket.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await socket.send("hello")
            let message = try #require(try await router.receive())
            #expect(message.first.map { String($0) } == "printable id")
            #expect(message.text.last == "hello")
        }
    }

    @Test("of 1 and of 255 octets that are no text pass both ways", arguments: [[0xFF], [UInt8](1...255)])
    func anyOctets(octets: [UInt8]) async throws {
        try await withPeer { context, peer in
            let router = try await peer.open(.router, ["router_mandatory": 1])
            var options = SocketOptions()
            options.routingID = try RoutingID(octets)
            let dealer = try context.makeDealerSocket(options)
            try await dealer.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await router.send(Message(parts: [Message.Part(octets), "by name"]), patient: true)
            #expect(try await dealer.receive(within: .seconds(20)) == "by name")
            try await dealer.send("back")
            #expect(try await router.receive() == Message(parts: [Message.Part(octets), "back"]))
        }
    }

    @Test("are made by a foreign ROUTER if we have none", arguments: [SocketType.req, .dealer])
    func foreignGenerated(type: SocketType) async throws {
        try await withPeer { context, peer in
            let router = try await peer.open(.router)
            let socket = try context.makeSocket(type)
            try await socket.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await socket.send("hello")
            let id = try #require(try await router.receive()?.first)
            #expect(id.count == 5 && id.first == 0)
        }
    }

    @Test("of foreign sockets are what our ROUTER sees and sends to", arguments: [SocketType.req, .dealer, .router])
    func theirsAreSeen(type: SocketType) async throws {
        try await withPeer { context, peer in
            var options = SocketOptions()
            options.routerMandatory = true
            options.routingID = "us"
            let router = try context.makeRouterSocket(options)
            let foreign = try await peer.open(type, ["routing_id": "them", "router_mandatory": 1].forType(type))
            try await foreign.connect(to: try await router.bind(to: "tcp://127.0.0.1:*"))
            try await foreign.send(type == .router ? ["us", "", "hello"] : ["hello"], patient: true)
            let received = try #require(try await router.receive(within: .seconds(20)))
            #expect(received.peer.routingID == "them")
            #expect(received.message.text.last == "hello")
            try await router.send(["", "reply"], to: "them" as RoutingID)
            #expect(try await foreign.receive()?.text.last == "reply")
        }
    }

    @Test("that our ROUTER makes have 5 octets, begin with 0 and differ", arguments: [SocketType.req, .dealer])
    func ourGenerated(type: SocketType) async throws {
        try await withPeer { context, peer in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            var ids: Set<RoutingID> = []
            for number in 0..<5 {
                let foreign = try await peer.open(type)
                try await foreign.connect(to: endpoint)
                try await foreign.send(Message("\(number)"))
                let received = try #require(try await router.receive(within: .seconds(20)))
                let id = received.peer.routingID
                #expect(id.part.count == 5 && id.part.first == 0)
                #expect(ids.insert(id).inserted)
                try await router.send(received.message, to: received.peer)
                #expect(try await foreign.receive()?.text == ["\(number)"])
            }
        }
    }

    @Test("two foreign DEALERs with one id: the first keeps it, or hands it over")
    func duplicates() async throws {
        for handover in [false, true] {
            try await withPeer { context, peer in
                var options = SocketOptions()
                options.routerHandover = handover
                options.routerMandatory = true
                let router = try context.makeRouterSocket(options)
                let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
                let first = try await peer.open(.dealer, ["routing_id": "twin"])
                try await first.connect(to: endpoint)
                try await first.send("first")
                #expect(try await router.receive(within: .seconds(20))?.message == "first")
                let second = try await peer.open(.dealer, ["routing_id": "twin"])
                try await second.connect(to: endpoint)
                try await second.send("second")
                let next = try await router.receive(within: handover ? .seconds(20) : .milliseconds(500))
                #expect(next?.message == (handover ? "second" : nil))
                try await router.send("for the owner", to: "twin" as RoutingID)
                #expect(try await (handover ? second : first).receive() == "for the owner")
            }
        }
    }
}

extension [String: ForeignPeer.Option] {
    /// Without options that only a ROUTER has, unless it is one.
    fileprivate func forType(_ type: SocketType) -> Self {
        type == .router ? self : self.filter { !$0.key.hasPrefix("router") }
    }
}
