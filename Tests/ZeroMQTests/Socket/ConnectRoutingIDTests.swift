// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("ZMQ_CONNECT_ROUTING_ID", .timeLimit(.minutes(3)))
struct ConnectRoutingIDTests {
    private static let options = SocketOptions.with {
        $0.routerMandatory = true
        $0.reconnect = .quick
    }

    @Test("a peer can be sent to before it is there, and keeps its name", arguments: Transport.allCases)
    func usableAtOnce(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let router = try context.makeRouterSocket(Self.options)
            try await router.connect(to: endpoint, as: "peer")
            try await router.send("early", to: "peer")
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "what it calls itself" })
            try await dealer.bind(to: endpoint)
            #expect(try await dealer.receive() == "early")
            try await dealer.send("answer")
            let answer = try await router.receive()
            #expect(answer.peer.routingID == "peer")
            try await router.send("by peer", to: answer.peer)
            #expect(try await dealer.receive() == "by peer")
            await expectError(.unroutable) { try await router.send("nobody", to: "what it calls itself") }
        }
    }

    @Test("a name that is taken is refused, whether it was given or announced", arguments: Transport.allCases)
    func duplicate(transport: Transport) async throws {
        try await withSockets { context in
            var options = Self.options
            // Not even then.
            options.routerHandover = true
            let router = try context.makeRouterSocket(options)
            try await router.connect(to: try await transport.fresh(), as: "given")
            let second = try await transport.fresh()
            let error = await expectError(.addressInUse) { try await router.connect(to: second, as: "given") }
            for text in ["given", second, "ZMQ_CONNECT_ROUTING_ID"] { #expect(error?.message.contains(text) == true) }
            await expectError(.notFound) { try await router.disconnect(from: second) }

            let endpoint = try await router.bind(to: transport.wildcard())
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "announced" })
            try await dealer.connect(to: endpoint)
            try await dealer.send("hi")
            _ = try await router.receive()
            await expectError(.addressInUse) { try await router.connect(to: second, as: "announced") }
            try await router.connect(to: second, as: "another")
        }
    }

    @Test("a name is free again once its endpoint is disconnected", arguments: Transport.allCases)
    func freeAgain(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(Self.options)
            let (first, second) = (try await transport.fresh(), try await transport.fresh())
            try await router.connect(to: first, as: "name")
            try await router.disconnect(from: first)
            let isFree = try await eventually {
                do {
                    try await router.connect(to: second, as: "name")
                    return true
                } catch let error as ZeroMQError where error.code == .addressInUse {
                    return false
                }
            }
            #expect(isFree)
            try await router.send("to the second", to: "name")
            let dealer = try context.makeDealerSocket()
            try await dealer.bind(to: second)
            #expect(try await dealer.receive() == "to the second")
        }
    }

    @Test("with `immediate` the peer has its name while it is connected", arguments: Transport.wires)
    func immediate(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            var options = Self.options
            options.immediate = true
            let router = try context.makeRouterSocket(options)
            let log = EventLog(router)
            try await router.connect(to: endpoint, as: "peer")
            await expectError(.unroutable) { try await router.send("nobody", to: "peer") }
            let dealer = try context.makeDealerSocket()
            try await dealer.bind(to: endpoint)
            try await log.wait(for: .handshakeSucceeded)
            try await router.send("there", to: "peer")
            #expect(try await dealer.receive() == "there")
        }
    }

    @Test("is for ROUTER alone")
    func otherTypes() async throws {
        try await withSockets { context in
            for type in [SocketType.dealer, .req, .push, .pair] {
                let socket = try context.makeSocket(type)
                await expectError(.notSupported) { try await socket.connect(to: "inproc://x", as: "peer") }
            }
            let router = try context.makeSocket(.router)
            try await router.connect(to: "inproc://\(Fresh.name())", as: "peer")
        }
    }
}
