// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Peers that come and go", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct ReconnectTests {
    @Test("we connect before the foreign peer exists", arguments: Scenario.Transport.allCases)
    func weConnectFirst(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let endpoint = transport.endpoint()
            let dealer = try context.makeDealerSocket()
            try await dealer.connect(to: endpoint)
            for number in 0..<10 { try await dealer.send(Message("\(number)")) }
            let router = try await peer.open(.router)
            try await router.bind(to: endpoint)
            let arrived = try await router.receiveMany(10, within: .seconds(20))
            #expect(arrived.map { $0.text.last } == (0..<10).map { "\($0)" })
        }
    }

    @Test("the foreign peer connects before we exist", arguments: Scenario.Transport.allCases)
    func theyConnectFirst(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let endpoint = transport.endpoint()
            let dealer = try await peer.open(.dealer)
            try await dealer.connect(to: endpoint)
            try await dealer.sendMany(10)
            let router = try context.makeRouterSocket()
            try await router.bind(to: endpoint)
            for number in 0..<10 {
                #expect(try await router.receive(within: .seconds(20))?.message.text == ["\(number)"])
            }
        }
    }

    @Test("our DEALER goes on when the foreign socket is bound again", arguments: Scenario.Transport.allCases)
    func foreignSocketRestarts(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let endpoint = transport.endpoint()
            let dealer = try await Self.connectedDealer(in: context, to: endpoint)
            for round in 0..<3 {
                let router = try await peer.open(.router, ["router_mandatory": 1])
                try await router.bind(to: endpoint)
                try await Self.expectTalk(dealer, router, round)
                try await router.close()
            }
        }
    }

    @Test("our DEALER goes on when the foreign process dies and another takes its place")
    func foreignProcessRestarts() async throws {
        try await withPeer { context, first in
            let endpoint = Fresh.tcpEndpoint()
            let dealer = try await Self.connectedDealer(in: context, to: endpoint)
            var peer = first
            defer { peer.kill() }
            for round in 0..<3 {
                let router = try await peer.open(.router, ["router_mandatory": 1])
                try await router.bind(to: endpoint)
                try await Self.expectTalk(dealer, router, round)
                peer.kill()
                peer = try ForeignPeer()
            }
        }
    }

    @Test("a request sent while the foreign server was away is served when it is back")
    func requestsWait() async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let dealer = try await Self.connectedDealer(in: context, to: endpoint)
            let first = try await peer.open(.router, ["router_mandatory": 1])
            try await first.bind(to: endpoint)
            try await Self.expectTalk(dealer, first, 0)
            var events = dealer.events.makeAsyncIterator()
            try await first.close()
            while let event = await events.next(), !event.isDisconnected {}
            for number in 0..<100 { try await dealer.send(Message("\(number)")) }
            let second = try await peer.open(.router)
            try await second.bind(to: endpoint)
            let served = try await second.receiveMany(100, within: .seconds(20))
            #expect(served.map { $0.text.last } == (0..<100).map { "\($0)" })
        }
    }

    @Test("a foreign DEALER goes on when our ROUTER is closed and bound again", arguments: Scenario.Transport.allCases)
    func ourSocketRestarts(transport: Scenario.Transport) async throws {
        try await withPeer { context, peer in
            let endpoint = transport.endpoint()
            let dealer = try await peer.open(.dealer, ["routing_id": "them", "reconnect_ivl": 20])
            try await dealer.connect(to: endpoint)
            for round in 0..<3 {
                let router = try await Self.boundRouter(in: context, to: endpoint)
                try await Self.send(Message("down \(round)"), over: router)
                #expect(try await dealer.receive()?.text == ["down \(round)"])
                try await dealer.send(Message("up \(round)"))
                #expect(try await router.receive(within: .seconds(20))?.message.text == ["up \(round)"])
                await router.close()
            }
        }
    }

    @Test("a foreign DEALER goes on when our ROUTER unbinds and binds again")
    func ourSocketUnbinds() async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let dealer = try await peer.open(.dealer, ["routing_id": "them", "reconnect_ivl": 20])
            try await dealer.connect(to: endpoint)
            let router = try await Self.boundRouter(in: context, to: endpoint)
            for round in 0..<3 {
                try await Self.send(Message("down \(round)"), over: router)
                #expect(try await dealer.receive()?.text == ["down \(round)"])
                try await router.unbind(from: endpoint)
                let isGone = try await eventually {
                    do {
                        try await router.send("anybody there?", to: "them" as RoutingID)
                        return false
                    } catch let error as ZeroMQError where error.code == .unroutable {
                        return true
                    }
                }
                #expect(isGone)
                while try await dealer.receive(within: .milliseconds(50)) != nil {}
                try await router.bind(to: endpoint)
            }
        }
    }

    private static func connectedDealer(in context: Context, to endpoint: String) async throws -> DealerSocket {
        var options = SocketOptions()
        options.routingID = "us"
        let dealer = try context.makeDealerSocket(options)
        try await dealer.connect(to: endpoint)
        return dealer
    }

    private static func boundRouter(in context: Context, to endpoint: String) async throws -> RouterSocket {
        var options = SocketOptions()
        options.routerMandatory = true
        let router = try context.makeRouterSocket(options)
        try await router.bind(to: endpoint)
        return router
    }

    /// One message each way between our DEALER `us` and a foreign, mandatory ROUTER.
    private static func expectTalk(_ dealer: DealerSocket, _ router: ForeignSocket, _ round: Int) async throws {
        try await router.send(["us", Message.Part("down \(round)")], patient: true)
        #expect(try await dealer.receive(within: .seconds(20))?.text == ["down \(round)"])
        try await dealer.send(Message("up \(round)"))
        #expect(try await router.receive()?.text == ["us", "up \(round)"])
    }

    /// Sends to the foreign DEALER `them` as soon as it is there.
    private static func send(_ message: Message, over router: RouterSocket) async throws {
        let isRouted = try await eventually {
            do {
                try await router.send(message, to: "them" as RoutingID)
                return true
            } catch let error as ZeroMQError where error.code == .unroutable {
                return false
            }
        }
        #expect(isRouted)
    }
}
