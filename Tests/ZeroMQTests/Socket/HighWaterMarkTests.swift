// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("High-water marks", .timeLimit(.minutes(3)))
struct HighWaterMarkTests {
    @Test(
        "over inproc add up, exactly",
        arguments: [(1, 1), (1, 3), (3, 5), (10, 1), (1000, 1000)], [true, false]
    )
    func inprocSum(marks: (sending: Int, receiving: Int), senderBinds: Bool) async throws {
        try await withSockets { context in
            // The marks of the other direction are far away, so that no wrong one goes unnoticed.
            let push = try context.makePushSocket(.marks(sending: marks.sending, receiving: 77_777))
            let pull = try context.makePullSocket(.marks(sending: 77_777, receiving: marks.receiving))
            if senderBinds {
                try await join(push, pull, over: .inproc)
            } else {
                try await join(pull, push, over: .inproc)
            }
            let room = marks.sending + marks.receiving
            for number in 0..<room { #expect(try push.trySend(Message(number: number))) }
            #expect(try push.trySend("one too many") == false)
            await expectError(.timedOut) { try await push.send("one too many", within: .milliseconds(1)) }
            try await expect(0..<room, from: pull)
            #expect(try pull.tryReceive() == nil)
            #expect(try push.trySend("room again"))
            #expect(try await pull.receive() == "room again")
        }
    }

    @Test("over inproc hold for both ways of a two-way socket")
    func inprocBothWays() async throws {
        try await withSockets { context in
            let (one, other) = (
                try context.makePairSocket(.marks(sending: 2, receiving: 3)),
                try context.makePairSocket(.marks(sending: 4, receiving: 5))
            )
            try await join(one, other, over: .inproc)
            #expect(try count { try one.trySend("to the other") } == 7)
            #expect(try count { try other.trySend("to the one") } == 7)
        }
    }

    @Test("over inproc are none if one side has none", arguments: [(nil, 1), (1, nil), (nil, nil)] as [(Int?, Int?)])
    func inprocUnlimited(sending: Int?, receiving: Int?) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: sending, receiving: 1))
            let pull = try context.makePullSocket(.marks(sending: 1, receiving: receiving))
            try await join(pull, push, over: .inproc)
            for number in 0..<20_000 { try #require(try push.trySend(Message(number: number))) }
            try await expect(0..<20_000, from: pull)
        }
    }

    @Test("of the sender alone count before there is a peer", arguments: Transport.allCases)
    func beforeBind(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(
                .with {
                    $0.sendHighWaterMark = 7
                    $0.reconnect = .quick
                })
            try await push.connect(to: endpoint)
            #expect(try count { try push.trySend("waits") } == 7)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            for _ in 0..<7 { #expect(try await pull.receive() == "waits") }
            #expect(try await eventually { try push.trySend("room") })
        }
    }

    @Test(
        "bound what waits for a peer that does not read; sending then suspends, and goes on", arguments: Transport.wires
    )
    func bounded(transport: Transport) async throws {
        let body = Message.Part(size: 65_000)
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 10, receiving: 10))
            let pull = try context.makePullSocket(.marks(sending: 10, receiving: 10))
            try await join(pull, push, over: transport)
            var sent = 0
            while try await sends({
                try await push.send([Message.Part("\(sent)"), body], within: .seconds(3))
            }) {
                sent += 1
                // What the kernel may hold of a connection, and the marks.
                try #require(sent < 2000, "there seems to be no bound")
            }
            #expect(sent >= 20)
            // Nobody reads: once it is full, it stays full.
            while try push.trySend([Message.Part("\(sent)"), body]) { sent += 1 }
            let (first, total) = (sent, sent + 200)
            async let sending: Void = {
                for number in first..<total { try await push.send([Message.Part("\(number)"), body]) }
            }()
            for number in 0..<total { #expect(try await pull.receive().number == number) }
            try await sending
        }
    }

    @Test("of one peer are not those of another one", arguments: Transport.allCases)
    func perPeer(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 3, receiving: 1))
            for _ in 0..<4 { try await push.connect(to: try await transport.fresh()) }
            #expect(try count { try push.trySend("waits") } == 12)
        }
    }

    @Test("keep a sender waiting that is faster than the receiver, and lose nothing", arguments: Transport.allCases)
    func slowReceiver(transport: Transport) async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket(.marks(sending: 2, receiving: 2))
            let router = try context.makeRouterSocket(.marks(sending: 2, receiving: 2))
            try await join(router, dealer, over: transport)
            async let sending: Void = send(0..<3000, to: dealer)
            for number in 0..<3000 {
                #expect(try await router.receive().message.number == number)
                if number % 10 == 0 { await Task.yield() }
            }
            try await sending
        }
    }

    @Test("make a REP drop a reply that has no room rather than wait", arguments: [Transport.inproc])
    func replyWithoutRoom(transport: Transport) async throws {
        try await withSockets { context in
            let rep = try context.makeRepSocket(.marks(sending: 1, receiving: 1000))
            let dealer = try context.makeDealerSocket(.marks(sending: 1000, receiving: 1))
            try await join(rep, dealer, over: transport)
            for number in 0..<10 { try await dealer.send(Message(number: number).delimited) }
            for _ in 0..<10 { try await rep.send(try await rep.receive()) }
            var replies = 0
            while try dealer.tryReceive() != nil { replies += 1 }
            #expect(replies == 2)
        }
    }

    @Test("make a ROUTER drop messages that have no room, unless it is mandatory")
    func routerWithoutRoom() async throws {
        try await withSockets { context in
            for isMandatory in [false, true] {
                let router = try context.makeRouterSocket(
                    .with {
                        $0.sendHighWaterMark = 2
                        $0.routerMandatory = isMandatory
                    })
                let dealer = try context.makeDealerSocket(
                    .with {
                        $0.receiveHighWaterMark = 2
                        $0.routingID = "ann"
                    })
                try await join(router, dealer, over: .inproc)
                for number in 0..<10 {
                    let isTaken = try router.trySend(Message(number: number), to: "ann")
                    #expect(isTaken == (!isMandatory || number < 4))
                }
                try await expect(0..<4, from: dealer)
                #expect(try dealer.tryReceive() == nil)
            }
        }
    }
}

/// How often something can be done.
private func count(limit: Int = 100_000, _ body: () throws -> Bool) rethrows -> Int {
    var count = 0
    while count < limit, try body() { count += 1 }
    return count
}
