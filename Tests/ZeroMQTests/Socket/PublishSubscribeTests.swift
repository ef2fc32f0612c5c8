// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ

@Suite("Publish and subscribe")
struct PublishSubscribeTests {
    @Test("a subscriber gets what it subscribed to, in order, whichever side binds", arguments: Transport.allCases)
    func delivers(over transport: Transport) async throws {
        for publisherBinds in [true, false] {
            try await withSockets { context in
                let pub = try context.makePubSocket(.marks(sending: nil, receiving: nil))
                let sub = try context.makeSubSocket(.marks(sending: nil, receiving: nil))
                try sub.subscribe(to: "a")
                if publisherBinds {
                    try await join(pub, sub, over: transport)
                } else {
                    try await join(sub, pub, over: transport)
                }
                try await pub.waitForSubscribers()
                for number in 0..<1000 {
                    try await pub.send(Message("a\(number)"))
                    try await pub.send(Message("b\(number)"))
                }
                for number in 0..<1000 { #expect(try await sub.receive().text == "a\(number)") }
                #expect(try sub.tryReceive() == nil)
            }
        }
    }

    @Test("every one of many subscribers gets everything, large and multipart too", arguments: Transport.allCases)
    func fansOut(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(.marks(sending: nil, receiving: nil))
            let endpoint = try await pub.bind(to: transport.wildcard())
            let subs = try (0..<20).map { _ in try context.makeSubSocket(.marks(sending: nil, receiving: nil)) }
            for sub in subs {
                try sub.subscribe()
                try await sub.connect(to: endpoint)
            }
            try await pub.waitForSubscribers(20)
            let messages: [Message] = [
                "short", Message(size: 33), Message(size: 1000), Message(size: 100_000), ["topic", "", "body"],
                Message(parts: [Message.Part(size: 20_000), Message.Part(size: 70_000)]), Message(),
            ]
            for round in 0..<20 { try await pub.send(messages[round % messages.count]) }
            for sub in subs {
                for round in 0..<20 { #expect(try await sub.receive() == messages[round % messages.count]) }
            }
        }
    }

    @Test("subscriptions may come and go while connected", arguments: Transport.allCases)
    func changes(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket()
            let sub = try context.makeSubSocket()
            try await join(pub, sub, over: transport)
            try sub.subscribe(to: "a")
            #expect(try await pub.receive() == wish("a"))
            try sub.subscribe(to: "b")
            #expect(try await pub.receive() == wish("b"))
            try sub.subscribe(to: "b")
            try sub.unsubscribe(from: "b")
            try sub.unsubscribe(from: "a")
            #expect(try await pub.receive() == cancellation("a"))
            #expect(pub.topicCount == 1)
            #expect(sub.topicCount == 1)
            try await pub.send("a")
            try await pub.send("b")
            #expect(try await sub.receive() == "b")
            #expect(try sub.tryReceive() == nil)
        }
    }

    @Test("subscriptions are told again when a publisher comes back", arguments: Transport.wires)
    func resubscribes(over transport: Transport) async throws {
        try await withSockets { context in
            let endpoint = try await transport.fresh()
            let sub = try context.makeSubSocket(.with { $0.reconnect = .quick })
            try sub.subscribe(to: "kept")
            try sub.subscribe(to: "dropped")
            try await sub.connect(to: endpoint)
            for round in 0..<3 {
                let pub = try context.makeXPubSocket()
                try await pub.bind(to: endpoint)
                var seen: Set<Message> = []
                while seen.count < (round == 0 ? 2 : 1) { seen.insert(try await pub.receive()) }
                #expect(seen == (round == 0 ? [wish("kept"), wish("dropped")] : [wish("kept")]))
                if round == 0 {
                    try sub.unsubscribe(from: "dropped")
                    #expect(try await pub.receive() == cancellation("dropped"))
                }
                try await pub.send(Message("kept\(round)"))
                #expect(try await sub.receive().text == "kept\(round)")
                await pub.close()
            }
        }
    }

    @Test(
        "thousands of subscriptions, made before connecting and after, arrive whatever the mark",
        arguments: Transport.allCases)
    func manySubscriptions(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(.marks(sending: 10, receiving: 10))
            let sub = try context.makeSubSocket(.marks(sending: 10, receiving: 10))
            for number in 0..<5000 { try sub.subscribe(to: Message.Part("early.\(number).")) }
            try await join(pub, sub, over: transport)
            for number in 0..<5000 { try sub.subscribe(to: Message.Part("late.\(number).")) }
            try await pub.waitForSubscribers(to: "late.4999.")
            #expect(pub.topicCount == 10_000)
            try await pub.send("early.17.x")
            #expect(try await sub.receive() == "early.17.x")
        }
    }

    @Test(
        "a full subscriber misses messages and holds up nobody; what it gets is in order", arguments: Transport.allCases
    )
    func dropsForTheSlow(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(.marks(sending: 5, receiving: nil))
            let endpoint = try await pub.bind(to: transport.wildcard())
            let slow = try context.makeSubSocket(.marks(sending: nil, receiving: 5))
            let quick = try context.makeSubSocket(.marks(sending: nil, receiving: nil))
            for sub in [slow, quick] {
                try sub.subscribe()
                try await sub.connect(to: endpoint)
            }
            try await pub.waitForSubscribers(2)
            // More than the buffers of any system hold.
            let body = Message.Part(size: 100_000)
            var sent = 0
            while sent < 400 {
                try await pub.send(Message(parts: [Message.Part("\(sent)"), body]))
                #expect(try await quick.receive().number == sent)
                sent += 1
            }
            var last = -1
            var received = 0
            while let number = try await slow.receive(within: .milliseconds(received == 0 ? 5000 : 200))?.number {
                #expect(number > last)
                last = number
                received += 1
            }
            #expect((1..<400).contains(received), "\(received) of 400")
        }
    }

    @Test("ZMQ_XPUB_NODROP: sending waits for the slow one, and nobody misses anything", arguments: Transport.allCases)
    func waitsForTheSlow(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(
                .with {
                    $0.sendHighWaterMark = 2
                    $0.xpubNoDrop = true
                })
            let sub = try context.makeSubSocket(.marks(sending: nil, receiving: 2))
            try sub.subscribe()
            try await join(pub, sub, over: transport)
            try await pub.waitForSubscribers()
            let count = 300
            let body = Message.Part(size: 50_000)
            async let sending: Void = {
                for number in 0..<count { try await pub.send(Message(parts: [Message.Part("\(number)"), body])) }
            }()
            for number in 0..<count { #expect(try await sub.receive().number == number) }
            try await sending
        }
    }

    @Test("ZMQ_XPUB_NODROP: refuses while somebody is full, and takes no part of the message")
    func refusesWhenFull() async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket(
                .with {
                    $0.sendHighWaterMark = 1
                    $0.xpubNoDrop = true
                })
            let endpoint = try await pub.bind(to: Transport.inproc.wildcard())
            let full = try context.makeSubSocket(.marks(sending: nil, receiving: 1))
            let empty = try context.makeSubSocket(.marks(sending: nil, receiving: nil))
            try full.subscribe(to: "a")
            try empty.subscribe()
            try await full.connect(to: endpoint)
            try await empty.connect(to: endpoint)
            try await pub.waitForSubscribers(2)
            #expect(try pub.trySend("a1"))
            #expect(try pub.trySend("a2"))
            #expect(try !pub.trySend("a3"))
            await expectError(.timedOut) { try await pub.send("a3", within: .milliseconds(10)) }
            #expect(try empty.tryReceive() == "a1")
            #expect(try empty.tryReceive() == "a2")
            #expect(try empty.tryReceive() == nil)
            #expect(try await full.receive() == "a1")
            #expect(try await full.receive() == "a2")
            try await pub.send("a3")
            #expect(try await full.receive() == "a3")
        }
    }

    @Test("XPUB: welcomes every connection, before anything else (ZMQ_XPUB_WELCOME_MSG)", arguments: Transport.allCases)
    func welcomes(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket(.with { $0.xpubWelcomeMessage = "W" })
            let endpoint = try await pub.bind(to: transport.wildcard())
            for _ in 0..<2 {
                let sub = try context.makeSubSocket()
                try sub.subscribe(to: "W")
                try await sub.connect(to: endpoint)
                #expect(try await sub.receive() == "W")
                await sub.close()
            }
            let stranger = try context.makeSubSocket()
            try stranger.subscribe(to: "x")
            try await stranger.connect(to: endpoint)
            try await pub.waitForSubscribers(to: "x")
            try await pub.send("x")
            #expect(try await stranger.receive() == "x")
        }
    }

    @Test("XPUB: a subscriber that leaves cancels what it had", arguments: Transport.allCases)
    func leaverCancels(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket()
            let sub = try context.makeSubSocket()
            try sub.subscribe(to: "a")
            try await join(pub, sub, over: transport)
            #expect(try await pub.receive() == wish("a"))
            await sub.close()
            #expect(try await pub.receive() == cancellation("a"))
            #expect(pub.topicCount == 0)
            #expect(pub.subscriberCount() == 0)
        }
    }

    @Test("XPUB in manual mode gives each subscriber what the application says", arguments: Transport.allCases)
    func manual(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket(.with { $0.xpubManual = true })
            let sub = try context.makeSubSocket()
            await expectError(.wrongState) { try pub.subscribe(to: "x") }
            try sub.subscribe(to: "A")
            try sub.subscribe(to: "B")
            try await join(pub, sub, over: transport)
            #expect(Set([try await pub.receive(), try await pub.receive()]) == [wish("A"), wish("B")])
            try pub.subscribe(to: "B")
            try await pub.send("A")
            try await pub.send("B")
            #expect(try await sub.receive() == "B")
            try pub.unsubscribe(from: "B")
            #expect(pub.subscriberCount() == 0)
        }
    }

    @Test("XSUB: subscribes by message and by call, and talks back to XPUB", arguments: Transport.allCases)
    func talksBack(over transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket()
            let sub = try context.makeXSubSocket()
            try await join(pub, sub, over: transport)
            try await sub.send(wish("a"))
            #expect(try await pub.receive() == wish("a"))
            try sub.subscribe(to: "b")
            #expect(try await pub.receive() == wish("b"))
            try await sub.send("hello")
            try await sub.send(["two", "parts"])
            #expect(try await pub.receive() == "hello")
            #expect(try await pub.receive() == ["two", "parts"])
            try await pub.send("b1")
            #expect(try await sub.receive() == "b1")
        }
    }

    @Test("a proxy of XSUB and XPUB passes subscriptions up and messages down", arguments: Transport.allCases)
    func proxies(over transport: Transport) async throws {
        try await withSockets { context in
            let (xsub, xpub) = (try context.makeXSubSocket(), try context.makeXPubSocket())
            let front = try await xsub.bind(to: transport.wildcard())
            let back = try await xpub.bind(to: transport.wildcard())
            let proxy = Task { try await Proxy(frontend: xsub, backend: xpub).run() }
            let pubs = [try context.makePubSocket(), try context.makePubSocket()]
            let subs = [try context.makeSubSocket(), try context.makeSubSocket()]
            for pub in pubs { try await pub.connect(to: front) }
            for (sub, topic) in zip(subs, ["a", "b"] as [Message.Part]) {
                try sub.subscribe(to: topic)
                try await sub.connect(to: back)
            }
            for pub in pubs {
                try await pub.waitForSubscribers(to: "a")
                try await pub.waitForSubscribers(to: "b")
            }
            for pub in pubs {
                for number in 0..<100 {
                    try await pub.send(Message("a\(number)"))
                    try await pub.send(Message("b\(number)"))
                    try await pub.send("c")
                }
            }
            for sub in subs {
                var counts: [String: Int] = [:]
                for _ in 0..<200 { counts[try await sub.receive().text, default: 0] += 1 }
                #expect(counts.count == 100)
                #expect(counts.values.allSatisfy { $0 == 2 })
            }
            try subs[0].unsubscribe(from: "a")
            while pubs.contains(where: { $0.subscriberCount(for: "a") > 0 }) { await Task.yield() }
            proxy.cancel()
            _ = await proxy.result
            keepOpen(xsub, xpub)
        }
    }

    @Test("waiting for subscribers ends by time, by cancellation and when the socket closes")
    func waitingEnds() async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket()
            await expectError(.timedOut) { try await pub.waitForSubscribers(within: .milliseconds(5)) }
            let cancelled = Task { try await pub.waitForSubscribers() }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let waiting = Task { try await pub.waitForSubscribers() }
            await Task.yield()
            await pub.close()
            await expectError(.closed) { try await waiting.value }
        }
    }

    @Test("closing a subscriber waits for nobody, though its subscriptions were told to nobody")
    func closesAtOnce() async throws {
        try await withSockets { context in
            for endpoint in [try await Transport.tcp.fresh(), Transport.inproc.wildcard()] {
                let sub = try context.makeSubSocket()
                try sub.subscribe(to: "a")
                try await sub.connect(to: endpoint)
                #expect(await sub.close() == CloseReport())
            }
        }
    }
}
