// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Numbers that peers see", .timeLimit(.minutes(3)))
struct NumberedIdentityTests {
    @Test("ids that a ROUTER generates begin anywhere, and count up from there")
    func routingIDs() async throws {
        try await withSockets { context in
            var starts: Set<UInt32> = []
            for _ in 0..<4 {
                let router = try context.makeRouterSocket()
                let endpoint = try await router.bind(to: Transport.inproc.wildcard())
                var numbers: [UInt32] = []
                for _ in 0..<3 {
                    let dealer = try context.makeDealerSocket()
                    try await dealer.connect(to: endpoint)
                    try await dealer.send("hello")
                    let id = try await router.receive().peer.routingID
                    numbers.append(id.part.dropFirst().reduce(0) { $0 << 8 | UInt32($1) })
                }
                #expect(numbers == (0..<3).map { numbers[0] &+ $0 })
                starts.insert(numbers[0])
            }
            #expect(starts.count > 1)
        }
    }

    @Test(
        "ZMQ_REQ_CORRELATE: numbers of requests begin anywhere, and count up from there", arguments: Transport.allCases)
    func requests(transport: Transport) async throws {
        try await withSockets { context in
            var starts: Set<UInt32> = []
            for _ in 0..<4 {
                let req = try context.makeReqSocket(.with { $0.reqCorrelate = true })
                let router = try context.makeRouterSocket()
                try await join(router, req, over: transport)
                var numbers: [UInt32] = []
                for _ in 0..<3 {
                    try await req.send("question")
                    let request = try await router.receive()
                    numbers.append(request.message[0].reduce(0) { $0 << 8 | UInt32($1) })
                    try await router.send(request.message, to: request.peer)
                    _ = try await req.receive()
                }
                #expect(numbers == (0..<3).map { numbers[0] &+ $0 })
                starts.insert(numbers[0])
            }
            #expect(starts.count > 1)
        }
    }

    @Test("ZMQ_REQ_RELAXED: asking again keeps the pipe and its connection", arguments: Transport.allCases)
    func relaxedKeepsPipe(transport: Transport) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket(
                .with {
                    $0.reqRelaxed = true
                    $0.reqCorrelate = true
                })
            let log = EventLog(req)
            let router = try context.makeRouterSocket()
            try await join(router, req, over: transport)
            var peers: Set<Peer> = []
            for number in 0..<5 {
                try await req.send(Message(number: number))
                peers.insert(try await router.receive().peer)
            }
            #expect(peers.count == 1)
            #expect(router.snapshot().peers.count == 1)
            #expect(log.count(of: .disconnected) == 0)
        }
    }

    @Test("ROUTERs that name each other by ZMQ_CONNECT_ROUTING_ID talk at once", arguments: Transport.allCases)
    func routerToRouter(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let options = SocketOptions.with {
                $0.routerMandatory = true
                $0.reconnect = .quick
            }
            let (bound, dialling) = (try context.makeRouterSocket(options), try context.makeRouterSocket(options))
            try await dialling.connect(to: endpoint, as: "far side")
            try await dialling.send("hello", to: "far side")
            try await bound.bind(to: endpoint)
            let hello = try await bound.receive()
            #expect(hello.message == "hello")
            try await bound.send("welcome", to: hello.peer)
            let welcome = try await dialling.receive()
            #expect(welcome.peer.routingID == "far side" && welcome.message == "welcome")
            // Another name while messages of the first wait.
            try await bound.send("unread", to: hello.peer)
            let other = try context.makeDealerSocket()
            try await dialling.connect(to: try await other.bind(to: transport.wildcard()), as: "other side")
            try await dialling.send("hello, too", to: "other side")
            #expect(try await other.receive() == "hello, too")
            let unread = try await dialling.receive()
            #expect(unread.peer.routingID == "far side" && unread.message == "unread")
        }
    }
}
