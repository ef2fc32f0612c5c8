// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("A message that is thrown away is counted", .timeLimit(.minutes(3)))
struct DropTests {
    @Test("as unroutable: a ROUTER that is not mandatory knows nobody of that name", arguments: Transport.allCases)
    func unroutable(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let dealer = try context.makeDealerSocket()
            try await join(router, dealer, over: transport)
            for _ in 0..<7 { #expect(try router.trySend("lost", to: "nobody")) }
            try await dealer.send("a")
            let peer = try await router.receive().peer
            await dealer.close()
            #expect(try await eventually { router.snapshot().peers.isEmpty })
            for _ in 0..<3 { #expect(try router.trySend("lost", to: peer)) }
            let totals = router.snapshot().totals
            #expect(totals.dropped[.unroutable] == 10)
            #expect(totals.dropped.total == 10)
            #expect(totals.sentMessages == 0)
        }
    }

    @Test("as unroutable: an address without a message")
    func addressOnly() async throws {
        try await withSockets { context in
            let router = try context.makeSocket(.router)
            #expect(try router.trySend("nobody"))
            try await router.send("nobody")
            #expect(router.snapshot().totals.dropped.byReason.map(\.reason) == [.unroutable])
            #expect(router.snapshot().totals.dropped.total == 2)
        }
    }

    @Test("as beyond the high-water mark, for the peer that has no room", arguments: Transport.allCases)
    func highWaterMark(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.marks(sending: 1, receiving: 1))
            let dealers = try (0..<2).map { number in
                try context.makeDealerSocket(
                    .with {
                        $0.routingID = number == 0 ? "slow" : "idle"
                        $0.receiveHighWaterMark = 1
                    })
            }
            let endpoint = try await router.bind(to: transport.wildcard())
            for dealer in dealers { try await dealer.connect(to: endpoint) }
            #expect(try await eventually { router.snapshot().peers.count == 2 })
            // More than all queues and the system between them hold.
            let body = Message(size: 200_000)
            for _ in 0..<100 { #expect(try router.trySend(body, to: "slow")) }
            let snapshot = router.snapshot()
            let slow = try #require(snapshot.peers.first { $0.routingID == "slow" })
            let idle = try #require(snapshot.peers.first { $0.routingID == "idle" })
            #expect(slow.traffic.dropped[.highWaterMark] > 0)
            #expect(slow.traffic.sentMessages + slow.traffic.dropped[.highWaterMark] == 100)
            #expect(idle.traffic == Traffic())
            #expect(snapshot.totals.dropped == slow.traffic.dropped)
            keepOpen(dealers[0], dealers[1])
        }
    }

    @Test("as unroutable: a REP whose requester has left", arguments: Transport.allCases)
    func replyToNobody(transport: Transport) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let dealer = try context.makeDealerSocket()
            try await join(rep, dealer, over: transport)
            try await dealer.send(["", "question"])
            _ = try await rep.receive()
            await dealer.close()
            #expect(try await eventually { rep.snapshot().peers.isEmpty })
            try await rep.send("answer")
            #expect(rep.snapshot().totals.dropped[.unroutable] == 1)
            #expect(rep.snapshot().totals.dropped.total == 1)
        }
    }

    @Test("as malformed: requests without an envelope at a REP", arguments: Transport.allCases)
    func malformed(transport: Transport) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket()
            let dealer = try context.makeDealerSocket()
            try await join(rep, dealer, over: transport)
            for _ in 0..<5 { try await dealer.send("no delimiter") }
            try await dealer.send(["", "question"])
            _ = try await rep.receive()
            let totals = rep.snapshot().totals
            #expect(totals.dropped[.malformed] == 5)
            #expect(totals.receivedMessages == 1)
        }
    }

    @Test("as stale: replies to a request that was given up", arguments: Transport.allCases)
    func stale(transport: Transport) async throws {
        try await withSockets { context in
            let req = try context.makeReqSocket(
                .with {
                    $0.reqRelaxed = true
                    $0.reqCorrelate = true
                })
            let router = try context.makeRouterSocket()
            try await join(router, req, over: transport)
            var requests: [RoutedMessage] = []
            for number in 0..<3 {
                try await req.send(Message(number: number))
                requests.append(try await router.receive())
            }
            for request in requests { try await router.send(request.message, to: request.peer) }
            #expect(try await req.receive().number == 2)
            let totals = req.snapshot().totals
            #expect(totals.dropped[.stale] == 2)
            #expect(totals.receivedMessages == 1)
            #expect(totals.sentMessages == 3)
        }
    }

    @Test("as unwanted: what a peer sends to a PUSH")
    func unwanted() async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let peer = try await ScriptedPeer.connect(to: push.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .pull)
            for _ in 0..<4 { try await peer.send(Message("unasked")) }
            #expect(try await eventually { push.snapshot().totals.dropped[.unwanted] == 4 })
            await peer.close()
            #expect(try await eventually { push.snapshot().peers.isEmpty })
            #expect(push.snapshot().totals.dropped[.unwanted] == 4)
        }
    }

    @Test("as oversize: what is larger than this side takes")
    func oversize() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket(.with { $0.maxMessageSize = 10 })
            let peer = try await ScriptedPeer.connect(to: pull.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: .push)
            try await peer.send(Message(size: 10))
            try await peer.send(Message(size: 11))
            #expect(try await pull.receive().first?.count == 10)
            #expect(try await eventually { pull.snapshot().totals.dropped[.oversize] == 1 })
        }
    }

    @Test("as unread: what waits when the endpoint is disconnected or the socket closed", arguments: Transport.allCases)
    func unread(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let pull = try context.makePullSocket()
            let endpoint = try await push.bind(to: transport.wildcard())
            try await pull.connect(to: endpoint)
            try await send(0..<10, to: push)
            try await expect(0..<1, from: pull)
            #expect(try await eventually { pull.snapshot().totals.unreadMessages == 9 })
            try await pull.disconnect(from: endpoint)
            #expect(pull.snapshot().totals.dropped[.unread] == 9)
            #expect(try await eventually { push.snapshot().peers.isEmpty })
            try await pull.connect(to: endpoint)
            try await send(0..<10, to: push)
            try await expect(0..<3, from: pull)
            #expect(try await eventually { pull.snapshot().totals.unreadMessages == 7 })
            #expect(await pull.close().unread == 7)
            #expect(pull.snapshot().totals.dropped[.unread] == 16)
            #expect(pull.snapshot().totals.receivedMessages == 4)
        }
    }

    @Test("as beyond the high-water mark, for each subscriber that misses it", arguments: Transport.allCases)
    func slowSubscriber(transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(.marks(sending: 1, receiving: 1))
            let sub = try context.makeSubSocket(.marks(sending: 1, receiving: 1))
            try sub.subscribe(to: "")
            try await join(pub, sub, over: transport)
            #expect(try await eventually { pub.subscriberCount() == 1 })
            for _ in 0..<100 { try await pub.send(Message(size: 200_000)) }
            let peer = try #require(pub.snapshot().peers.first)
            #expect(peer.traffic.dropped[.highWaterMark] > 0)
            #expect(peer.traffic.sentMessages + peer.traffic.dropped[.highWaterMark] == 100)
            var received = 0
            while received < peer.traffic.sentMessages, try await sub.receive(within: .seconds(60)) != nil {
                received += 1
            }
            #expect(received == peer.traffic.sentMessages)
            #expect(try await sub.receive(within: .milliseconds(50)) == nil)
        }
    }
}
