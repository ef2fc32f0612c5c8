// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A snapshot", .timeLimit(.minutes(3)))
struct SnapshotTests {
    @Test("tells both sides of each other", arguments: Transport.allCases)
    func bothSides(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let endpoint = try await join(router, dealer, over: transport)
            try await dealer.send("hello")
            let peer = try await router.receive().peer
            try await router.send("hello", to: peer)
            _ = try await dealer.receive()

            let ours = router.snapshot()
            #expect(ours.socketType == .router)
            #expect(ours.boundEndpoints == [endpoint])
            #expect(ours.connectedEndpoints == [])
            let there = try #require(ours.peers.first)
            #expect(ours.peers.count == 1)
            #expect(there.state == .connected)
            #expect(there.endpoint == endpoint)
            #expect(there.address != nil)
            #expect(there.routingID == "ann")
            #expect(there.socketType == .dealer)
            #expect(there.version == (transport == .inproc ? nil : .v31))
            #expect(there.mechanism == (transport == .inproc ? nil : "NULL"))
            #expect(there.reconnects == 0)
            #expect(try #require(there.age) >= .zero)

            let theirs = dealer.snapshot()
            #expect(theirs.boundEndpoints == [])
            #expect(theirs.connectedEndpoints == [endpoint])
            let here = try #require(theirs.peers.first)
            #expect(here.endpoint == endpoint)
            #expect(here.address == endpoint)
            #expect(here.routingID == nil)
            #expect(here.socketType == .router)
        }
    }

    @Test("counts what passes each way, waits, and has been received", arguments: Transport.allCases)
    func counts(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            try await send(0..<10, to: push)
            try await expect(0..<4, from: pull)
            #expect(try await eventually { pull.snapshot().totals.unreadMessages == 6 })
            let (out, inward) = (push.snapshot().totals, pull.snapshot().totals)
            #expect(out.sentMessages == 10)
            #expect(inward.receivedMessages == 4)
            #expect(inward.receivedBytes > 0)
            #expect(out.dropped == DropCounts())
            #expect(out.unknown == 0)
            try await expect(4..<10, from: pull)
            #expect(pull.snapshot().totals.receivedMessages == 10)
            #expect(pull.snapshot().totals.unreadMessages == 0)
        }
    }

    @Test("counts octets as they are on the wire", arguments: Transport.wires)
    func octets(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            for size in [10, 1000, 100_000] { try await push.send(Message(size: size)) }
            for _ in 0..<3 { _ = try await pull.receive() }
            #expect(push.snapshot().totals.sentBytes == 12 + 1009 + 100_009)
        }
    }

    @Test("shows what waits for a peer that is not there", arguments: Transport.wires)
    func absentPeer(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let endpoint = try await transport.fresh()
            try await push.connect(to: endpoint)
            for _ in 0..<5 { try await push.send(Message(size: 100)) }
            let peer = try #require(push.snapshot().peers.first)
            #expect(peer.state == .connecting)
            #expect(peer.endpoint == endpoint)
            #expect(peer.address == nil)
            #expect(peer.socketType == nil)
            #expect(peer.age == nil)
            #expect(peer.traffic.queuedMessages == 5)
            #expect(peer.traffic.queuedBytes == 510)
        }
    }

    @Test("counts the connections of a peer that comes back, and keeps its number", arguments: Transport.wires)
    func reconnects(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            let endpoint = try await transport.fresh()
            try await push.connect(to: endpoint)
            let id = try #require(push.snapshot().peers.first?.id)
            for round in 0..<3 {
                let pull = try context.makePullSocket()
                try await pull.bind(to: endpoint)
                #expect(try await eventually { push.snapshot().peers.first?.age != nil })
                #expect(push.snapshot().peers.first?.reconnects == round)
                #expect(push.snapshot().peers.first?.id == id)
                await pull.close()
                #expect(try await eventually { push.snapshot().peers.first?.state == .connecting })
            }
        }
    }

    @Test("keeps the totals of peers that are gone, also once the socket is closed", arguments: Transport.allCases)
    func past(transport: Transport) async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            let endpoint = try await pull.bind(to: transport.wildcard())
            for _ in 0..<5 {
                let push = try context.makePushSocket()
                try await push.connect(to: endpoint)
                try await send(0..<10, to: push)
                await push.close()
            }
            for _ in 0..<50 { _ = try await pull.receive() }
            #expect(try await eventually { pull.snapshot().peers.isEmpty })
            #expect(pull.snapshot().totals.receivedMessages == 50)
            await pull.close()
            #expect(pull.snapshot().totals.receivedMessages == 50)
            #expect(pull.snapshot().boundEndpoints == [])
        }
    }

    @Test("shows peers that are gone while messages of them are unread", arguments: Transport.allCases)
    func gone(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            try await send(0..<3, to: push)
            await push.close()
            #expect(try await eventually { pull.snapshot().peers.first?.traffic.unreadMessages == 3 })
            #expect(try await eventually { pull.snapshot().peers.first?.state == .gone })
            try await expect(0..<3, from: pull)
            #expect(try await eventually { pull.snapshot().peers.isEmpty })
        }
    }
}
