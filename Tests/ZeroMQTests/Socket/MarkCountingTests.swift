// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("What a high-water mark counts, and whom it stops", .timeLimit(.minutes(3)))
struct MarkCountingTests {
    /// How many messages are taken without waiting.
    private static func fill(_ socket: some SendingSocket, _ message: Message = "x") throws -> Int {
        var count = 0
        while count < 100_000, try socket.trySend(message) { count += 1 }
        return count
    }

    @Test("by default 1,000 messages wait for a peer that is not there (ZMQ_SNDHWM)", arguments: Transport.allCases)
    func defaultMark(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            try await push.connect(to: try await transport.fresh())
            #expect(try Self.fill(push) == 1000)
        }
    }

    @Test("by default 2,000 messages wait over inproc, where both marks add up (ZMQ_RCVHWM)", arguments: [true, false])
    func defaultSum(senderBinds: Bool) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            if senderBinds {
                try await join(push, pull, over: .inproc)
            } else {
                try await join(pull, push, over: .inproc)
            }
            #expect(try Self.fill(push) == 2000)
        }
    }

    @Test("a message of many parts counts once, and one that begins below the mark is taken whole")
    func multipart() async throws {
        let message = Message(parts: (0..<50).map { Message.Part("\($0)") })
        try await withSockets { context in
            for transport in Transport.allCases {
                let waiting = try context.makePushSocket(.marks(sending: 3, receiving: 1))
                try await waiting.connect(to: try await transport.fresh())
                #expect(try Self.fill(waiting, message) == 3)
            }
            let (push, pull) = (
                try context.makePushSocket(.marks(sending: 2, receiving: 1)),
                try context.makePullSocket(.marks(sending: 1, receiving: 3))
            )
            try await join(pull, push, over: .inproc)
            #expect(try Self.fill(push, message) == 5)
            for _ in 0..<5 { #expect(try await pull.receive() == message) }
        }
    }

    @Test("neither a routing id that is announced nor the address of a message counts", arguments: Transport.allCases)
    func routingIDs(transport: Transport) async throws {
        try await withSockets { context in
            let options = SocketOptions.with {
                $0.sendHighWaterMark = 3
                $0.routingID = "ann"
                $0.routerMandatory = true
            }
            let dealer = try context.makeDealerSocket(options)
            try await dealer.connect(to: try await transport.fresh())
            #expect(try Self.fill(dealer) == 3)
            let router = try context.makeSocket(.router, options)
            try await router.connect(to: try await transport.fresh(), as: "bob")
            #expect(try Self.fill(router, ["bob", "x"]) == 3)
        }
    }

    @Test(
        "a full socket stops reading its peer, whatever its type, and discards nothing",
        arguments: [SocketType.pull, .sub, .xsub, .dealer, .router, .pair, .xpub])
    func stopsReading(type: SocketType) async throws {
        let count = 300
        try await withSockets { context in
            let socket = try context.makeSocket(type, .marks(sending: 1, receiving: 1))
            if type == .sub || type == .xsub { try socket.subscribe() }
            let peer = try await ScriptedPeer.connect(to: try await socket.bind(to: "tcp://127.0.0.1:*"))
            try await peer.shakeHands(as: type == .xpub ? .xsub : type.counterpart)
            let body = Message.Part(size: 10_000)
            async let sending: Void = {
                for number in 0..<count { try await peer.send([Message.Part("n\(number)"), body]) }
            }()
            var most = 0
            for number in 0..<count {
                let message = try await socket.receive()
                #expect(message.suffix(2).first.map { String($0) } == "n\(number)")
                most = max(most, socket.snapshot().totals.unreadMessages)
            }
            try await sending
            #expect(socket.snapshot().totals.dropped.total == 0)
            // What one read brings, and the mark.
            #expect(most <= 30, "\(most) were read from a peer that nobody heard")
            await peer.close()
        }
    }

    @Test("a full subscriber misses what comes then, exactly, and nothing once it has read (ZMQ_SNDHWM of PUB)")
    func fullSubscriber() async throws {
        for type in [SocketType.pub, .xpub] {
            try await withSockets { context in
                let pub = try context.makeSocket(type, .marks(sending: 2, receiving: 2))
                let sub = try context.makeSubSocket(.marks(sending: 3, receiving: 3))
                try sub.subscribe()
                try await join(pub, sub, over: .inproc)
                try await pub.waitForSubscribers()
                for round in 0..<3 {
                    for number in 0..<10 { try await pub.send(Message(number: 10 * round + number)) }
                    try await expect(10 * round..<10 * round + 5, from: sub)
                    #expect(try sub.tryReceive() == nil)
                }
                #expect(pub.snapshot().totals.dropped[.highWaterMark] == 15)
            }
        }
    }

    // MARK: Nobody is there

    @Test(
        "a socket that has only bound makes senders wait, and drops nothing", arguments: Transport.allCases,
        [SocketType.dealer, .push, .pair, .req])
    func boundSocketWaits(transport: Transport, type: SocketType) async throws {
        try await withSockets { context in
            let socket = try context.makeSocket(type)
            try await socket.bind(to: transport.wildcard())
            #expect(try socket.trySend("nobody") == false)
            await expectError(.timedOut) { try await socket.send("nobody", within: .milliseconds(2)) }
            #expect(socket.snapshot().totals == Traffic())
        }
    }

    @Test(
        "a publisher that has only bound drops everything at once, also with ZMQ_XPUB_NODROP",
        arguments: Transport.allCases, [SocketType.pub, .xpub])
    func boundPublisherDrops(transport: Transport, type: SocketType) async throws {
        try await withSockets { context in
            for waits in [true, false] {
                let pub = try context.makeSocket(
                    type,
                    .with {
                        $0.xpubNoDrop = waits
                        $0.sendHighWaterMark = 1
                    })
                let endpoint = try await pub.bind(to: transport.wildcard())
                for _ in 0..<10 { #expect(try pub.trySend("nobody")) }
                let sub = try context.makeSubSocket()
                try sub.subscribe()
                try await sub.connect(to: endpoint)
                try await pub.waitForSubscribers()
                try await pub.send("somebody")
                #expect(try await sub.receive() == "somebody")
            }
        }
    }

    @Test("an endpoint that is not connected yet takes its share of what is sent", arguments: Transport.allCases)
    func absentPeersShare(transport: Transport) async throws {
        let absent = try await transport.fresh()
        try await withSockets { context in
            for type in [SocketType.push, .dealer] {
                let socket = try context.makeSocket(type, .with { $0.reconnect = .quick })
                let (late, present) = (
                    try context.makeSocket(type.counterpart), try context.makeSocket(type.counterpart)
                )
                try await socket.connect(to: absent)
                try await socket.connect(to: try await present.bind(to: transport.wildcard()))
                try await send(0..<10, to: socket)
                for number in [1, 3, 5, 7, 9] { #expect(try await present.receive().number == number) }
                try await late.bind(to: absent)
                for number in [0, 2, 4, 6, 8] { #expect(try await late.receive().number == number) }
                await late.close(within: .zero)
                await socket.close(within: .zero)
            }
        }
    }
}
