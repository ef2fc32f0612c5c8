// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("ZMQ_CONFLATE", .timeLimit(.minutes(3)))
struct ConflateTests {
    private static let conflating = SocketOptions.with {
        $0.conflate = true
        // Ignored.
        $0.sendHighWaterMark = 1
        $0.receiveHighWaterMark = 1
    }

    @Test("PUSH sends the newest message to a peer that comes late", arguments: Transport.allCases)
    func push(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            var options = Self.conflating
            options.reconnect = .quick
            let push = try context.makePushSocket(options)
            try await push.connect(to: endpoint)
            for number in 0..<100 { #expect(try push.trySend(Message(number: number))) }
            #expect(push.unsentMessages == 1)
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            #expect(try await pull.receive().number == 99)
            #expect(try await pull.receive(within: .milliseconds(20)) == nil)
            try await push.send("next")
            #expect(try await pull.receive() == "next")
        }
    }

    @Test("PULL keeps the newest of what came, and reads on", arguments: Transport.allCases)
    func pull(transport: Transport) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(Self.conflating), try context.makePushSocket())
            try await join(pull, push, over: transport)
            // Far more than both marks and the system's buffers hold.
            let body = Message.Part(size: 10_000)
            for number in 0..<5000 { try await push.send([Message.Part("\(number)"), body]) }
            var (last, count) = (-1, 0)
            while last < 4999 {
                let number = try #require(try await pull.receive().number)
                #expect(number > last)
                (last, count) = (number, count + 1)
            }
            #expect(count < 5000)
        }
    }

    @Test("DEALER does both, each direction on its own", arguments: Transport.allCases)
    func dealer(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            var options = Self.conflating
            options.reconnect = .quick
            let dealers = [try context.makeDealerSocket(options), try context.makeDealerSocket(options)]
            try await dealers[0].connect(to: endpoint)
            for number in 0...50 { #expect(try dealers[0].trySend(Message(number: number))) }
            try await dealers[1].bind(to: endpoint)
            #expect(try await dealers[1].receive().number == 50)
            for number in 0...50 { #expect(try dealers[1].trySend(Message(number: number))) }
            // Of those that came, and of those that were replaced before they left, the newest is left.
            let isLast = try await eventually {
                let dropped = [dealers[0], dealers[1]].map { $0.snapshot().totals.dropped[.conflate] }
                return dropped[0] - 50 + dropped[1] == 50
            }
            #expect(isLast)
            #expect(try await dealers[0].receive().number == 50)
            #expect(try dealers[0].tryReceive() == nil)
        }
    }

    @Test("PUB keeps the newest for each subscriber, and every subscription", arguments: Transport.allCases)
    func pub(transport: Transport) async throws {
        try await withSockets { context in
            let (pub, sub) = (try context.makePubSocket(Self.conflating), try context.makeSubSocket())
            for topic in ["a", "b", "c"] as [Message.Part] { try sub.subscribe(to: topic) }
            try await join(pub, sub, over: transport)
            for topic in ["a", "b", "c"] as [Message.Part] { try await pub.waitForSubscribers(to: topic) }
            for number in 0..<1000 { try await pub.send(Message("a\(number)")) }
            try await pub.send("b last")
            var received = ""
            while received != "b last" { received = try await sub.receive().text }
            #expect(try await sub.receive(within: .milliseconds(20)) == nil)
        }
    }

    @Test("SUB keeps the newest of what came", arguments: Transport.allCases)
    func sub(transport: Transport) async throws {
        try await withSockets { context in
            let (pub, sub) = (
                try context.makePubSocket(.marks(sending: nil, receiving: nil)),
                try context.makeSubSocket(Self.conflating)
            )
            for topic in ["a", "b"] as [Message.Part] { try sub.subscribe(to: topic) }
            try await join(pub, sub, over: transport)
            for topic in ["a", "b"] as [Message.Part] { try await pub.waitForSubscribers(to: topic) }
            for number in 0..<1000 { try await pub.send(Message("a\(number)")) }
            try await pub.send("b last")
            // All have come, and nobody has received before the last one did.
            #expect(try await eventually { sub.snapshot().totals.dropped[.conflate] == 1000 })
            #expect(try await sub.receive() == "b last")
            #expect(try sub.tryReceive() == nil)
        }
    }

    @Test("what a newer message replaced is counted as dropped: by who sends over a wire, over inproc by who reads")
    func replacedBySender() async throws {
        for transport in Transport.allCases {
            let endpoint = try await transport.fresh()
            try await withSockets { context in
                var options = Self.conflating
                options.reconnect = .quick
                let push = try context.makePushSocket(options)
                try await push.connect(to: endpoint)
                for number in 0..<100 { #expect(try push.trySend(Message(number: number))) }
                let pull = try context.makePullSocket()
                try await pull.bind(to: endpoint)
                #expect(try await pull.receive().number == 99)
                let (sent, received) = (push.snapshot().totals, pull.snapshot().totals)
                #expect(sent.sentMessages == 100)
                #expect(received.receivedMessages == 1)
                #expect(sent.dropped[.conflate] == (transport == .inproc ? 0 : 99))
                #expect(received.dropped[.conflate] == (transport == .inproc ? 99 : 0))
                #expect(sent.dropped.total + received.dropped.total == 99)
            }
        }
    }

    @Test("what a newer message replaced before it was received is counted as dropped", arguments: Transport.allCases)
    func replacedByReceiver(transport: Transport) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(Self.conflating), try context.makePushSocket())
            try await join(pull, push, over: transport)
            try await send(0..<1000, to: push)
            let areCounted = try await eventually {
                let totals = pull.snapshot().totals
                return totals.unreadMessages == 1 && totals.dropped[.conflate] == 999
            }
            #expect(areCounted)
            #expect(try await pull.receive().number == 999)
            #expect(pull.snapshot().totals.dropped.total == 999)
            #expect(pull.snapshot().totals.receivedMessages == 1)
            keepOpen(push)
        }
    }

    @Test("messages of several parts are refused, and nothing is replaced by them")
    func multipart() async throws {
        try await withSockets { context in
            let (push, pub) = (try context.makePushSocket(Self.conflating), try context.makePubSocket(Self.conflating))
            try await push.connect(to: "inproc://\(Fresh.name())")
            try await push.send("kept")
            let error = await expectError(.invalidMessage) { try await push.send(["two", "parts"]) }
            #expect(error?.message.contains("ZMQ_CONFLATE") == true)
            await expectError(.invalidMessage) { try push.trySend(["two", "parts"]) }
            await expectError(.invalidMessage) { try await push.send(["two", "parts"], within: .zero) }
            await expectError(.invalidMessage) { try await pub.send(["two", "parts"]) }
            #expect(push.unsentMessages == 1)
        }
    }

    @Test("is ignored by other types", arguments: Transport.allCases)
    func otherTypes(transport: Transport) async throws {
        try await withSockets { context in
            var options = Self.conflating
            options.sendHighWaterMark = 1000
            options.receiveHighWaterMark = 1000
            let (left, right) = (try context.makePairSocket(options), try context.makePairSocket(options))
            try await join(left, right, over: transport)
            try await send(0..<100, to: left)
            try await left.send(["two", "parts"])
            try await expect(0..<100, from: right)
            #expect(try await right.receive() == ["two", "parts"])
        }
    }
}
