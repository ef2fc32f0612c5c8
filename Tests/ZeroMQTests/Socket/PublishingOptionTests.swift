// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

@Suite("Options of publishers and subscribers", .timeLimit(.minutes(3)))
struct PublishingOptionTests {
    @Test(
        "ZMQ_XPUB_MANUAL_LAST_VALUE: who comes gets the last value, which others do not get again",
        arguments: Transport.allCases)
    func lastValue(transport: Transport) async throws {
        try await withSockets { context in
            let xpub = try context.makeXPubSocket(.with { $0.xpubManualLastValue = true })
            let endpoint = try await xpub.bind(to: transport.wildcard())
            let (old, new) = (try context.makeSubSocket(), try context.makeSubSocket())
            for (sub, value) in [(old, "a1"), (new, "a1 again")] {
                try sub.subscribe(to: "a")
                try await sub.connect(to: endpoint)
                #expect(try await xpub.receive() == wish("a"))
                try xpub.subscribe(to: "a")
                try await xpub.send(Message(value))
                #expect(try await sub.receive() == Message(value))
            }
            try await xpub.send("a2")
            for sub in [old, new] { #expect(try await sub.receive() == "a2") }
        }
    }

    @Test(
        "ZMQ_INVERT_MATCHING: both sides must say so, or SUB takes nothing", arguments: Transport.allCases,
        [true, false])
    func inverted(transport: Transport, bothInvert: Bool) async throws {
        try await withSockets { context in
            let pub = try context.makeXPubSocket(.with { $0.invertMatching = true })
            let sub = try context.makeSubSocket(.with { $0.invertMatching = bothInvert })
            try sub.subscribe(to: "a")
            try await join(pub, sub, over: transport)
            #expect(try await pub.receive() == wish("a"))
            for message in ["a1", "b1", "a2", "b2"] as [Message] { try await pub.send(message) }
            if bothInvert {
                for message in ["b1", "b2"] as [Message] { #expect(try await sub.receive() == message) }
            } else {
                // Both have come, and were thrown away.
                let isDone = try await eventually {
                    try sub.tryReceive() != nil || sub.snapshot().totals.dropped[.stale] == 2
                }
                #expect(isDone && sub.snapshot().totals.receivedMessages == 0)
            }
        }
    }

    @Test(
        "ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: a publisher is told of every cancellation, of what was never asked for too",
        arguments: Transport.allCases)
    func verboseUnsubscribe(transport: Transport) async throws {
        try await withSockets { context in
            for isVerbose in [true, false] {
                let xpub = try context.makeXPubSocket(.with { $0.xpubVerbosity = .verboser })
                let xsub = try context.makeXSubSocket(.with { $0.xsubVerboseUnsubscribe = isVerbose })
                try await join(xpub, xsub, over: transport)
                // What is cancelled before there is a connection is told to nobody.
                try xsub.subscribe(to: "first")
                #expect(try await xpub.receive() == wish("first"))
                for message in [
                    cancellation("never"), wish("a"), wish("a"), cancellation("a"), cancellation("a"), wish("end"),
                ] {
                    try await xsub.send(message)
                }
                let few = [wish("a"), wish("a"), cancellation("a"), wish("end")]
                let many = [
                    cancellation("never"), wish("a"), wish("a"), cancellation("a"), cancellation("a"), wish("end"),
                ]
                for expected in isVerbose ? many : few { #expect(try await xpub.receive() == expected) }
            }
        }
    }

    @Test(
        "ZMQ_ONLY_FIRST_SUBSCRIBE: parts behind the first are no subscriptions; without it each may be",
        arguments: Transport.allCases, [true, false])
    func onlyFirst(transport: Transport, onlyFirst: Bool) async throws {
        try await withSockets { context in
            let options = SocketOptions.with { $0.onlyFirstSubscribe = onlyFirst }
            let (xpub, xsub) = (try context.makeXPubSocket(options), try context.makeXSubSocket(options))
            try await join(xpub, xsub, over: transport)
            let mixed = Message(parts: ["user", Message.Part([1, 0x61])])
            try await xsub.send(wish("first"))
            #expect(try await xpub.receive() == wish("first"))
            try await xsub.send(mixed)
            for expected in onlyFirst ? [mixed] : [wish("a"), "user"] { #expect(try await xpub.receive() == expected) }
            #expect(xpub.topicCount == (onlyFirst ? 1 : 2))
        }
    }

    @Test("ZMQ_TOPICS_COUNT: topics are counted, not subscriptions, on both sides", arguments: Transport.allCases)
    func topicsCount(transport: Transport) async throws {
        try await withSockets { context in
            let pub = try context.makePubSocket()
            let endpoint = try await pub.bind(to: transport.wildcard())
            let subs = [try context.makeSubSocket(), try context.makeSubSocket()]
            #expect(pub.topicCount == 0 && subs[0].topicCount == 0)
            for sub in subs {
                for topic in ["a", "b", "b", ""] as [Message.Part] { try sub.subscribe(to: topic) }
                #expect(sub.topicCount == 3)
                try await sub.connect(to: endpoint)
            }
            try subs[0].subscribe(to: "c")
            #expect(try await eventually { pub.topicCount == 4 && pub.subscriberCount(for: "b") == 2 })
            try subs[0].unsubscribe(from: "b")
            #expect(subs[0].topicCount == 4)
            try subs[0].unsubscribe(from: "b")
            #expect(subs[0].topicCount == 3)
            await subs[1].close()
            #expect(try await eventually { pub.topicCount == 3 })
        }
    }

    @Test(
        "ZMQ_XPUB_NODROP through a proxy: a slow subscriber holds up the publisher, and nothing is lost",
        arguments: Transport.allCases)
    func slowBehindProxy(transport: Transport) async throws {
        let tight = SocketOptions.with {
            $0.sendHighWaterMark = 1
            $0.receiveHighWaterMark = 1
            $0.xpubNoDrop = true
        }
        let body = Message.Part(size: transport == .inproc ? 1 : 100_000)
        try await withSockets { context in
            let (xsub, xpub) = (try context.makeXSubSocket(tight), try context.makeXPubSocket(tight))
            let front = try await xsub.bind(to: transport.wildcard())
            let back = try await xpub.bind(to: transport.wildcard())
            let proxy = Task { try await Proxy(frontend: xsub, backend: xpub).run() }
            let (pub, sub) = (try context.makePubSocket(tight), try context.makeSubSocket(tight))
            try await pub.connect(to: front)
            try sub.subscribe()
            try await sub.connect(to: back)
            try await pub.waitForSubscribers()
            var sent = 0
            // Nobody receives: it comes to an end.
            while try await sends({
                try await pub.send([Message.Part("\(sent)"), body], within: .seconds(1))
            }) {
                sent += 1
                try #require(sent < 2000, "there seems to be no bound")
            }
            let (first, total) = (sent, sent + 100)
            async let sending: Void = {
                for number in first..<total { try await pub.send([Message.Part("\(number)"), body]) }
            }()
            for number in 0..<total { #expect(try await sub.receive().number == number) }
            try await sending
            proxy.cancel()
            _ = await proxy.result
            keepOpen(xsub, xpub)
        }
    }
}
