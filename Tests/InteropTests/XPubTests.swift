// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("XPUB and its subscribers", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct XPubTests {
    /// How much an XPUB tells, and what two subscribers' steps below then look like.
    enum Verbosity: String, CaseIterable {
        case quiet, verbose, verboser

        var options: (SocketOptions, [String: ForeignPeer.Option]) {
            switch self {
            case .quiet: (.quiet, .quiet)
            case .verbose: (.verbose, .verbose)
            case .verboser: (.verboser, .verboser)
            }
        }

        var expected: [[String]] {
            switch self {
            case .quiet: [["+a"], ["+b"], ["+c"], ["-a", "+d"], ["-c"], ["-b", "-d"]]
            case .verbose: [["+a"], ["+a", "+b"], ["+c"], ["-a", "+d"], ["-c"], ["-b", "-d"]]
            case .verboser: [["+a"], ["+a", "+b"], ["-a", "+c"], ["-a", "+d"], ["-c"], ["-b", "-d"]]
            }
        }
    }

    @Test("reports as much as it is told to", arguments: PublishingPair.ofXPub, Verbosity.allCases)
    func reports(pair: PublishingPair, verbosity: Verbosity) async throws {
        try await withPeer { context, peer in
            let options = verbosity.options
            let xpub = try await Station(.xpub, pair.side, in: (context, peer), options.0, foreign: options.1)
            let endpoint = try await xpub.bind()
            let (first, second) = (
                try await Station(pair.subscriber, pair.side.other, in: (context, peer)),
                try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            )
            let steps: [() async throws -> Void] = [
                {
                    try await first.connect(to: endpoint)
                    try await first.subscribe(to: "a")
                },
                {
                    try await second.connect(to: endpoint)
                    for topic: Message.Part in ["a", "b"] { try await second.subscribe(to: topic) }
                },
                {
                    try await first.unsubscribe(from: "a")
                    try await first.subscribe(to: "c")
                },
                {
                    try await second.unsubscribe(from: "a")
                    try await second.subscribe(to: "d")
                },
                // Those who leave cancel what they have.
                { try await first.close() },
                { try await second.close() },
            ]
            for (step, expected) in zip(steps, verbosity.expected) {
                try await step()
                #expect(try await xpub.subscriptions(expected.count).sorted() == expected.sorted())
            }
        }
    }

    @Test("in manual mode gives each subscriber what the application says", arguments: PublishingPair.ofXPub)
    func manual(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, pair.side, in: (context, peer), .manual, foreign: .manual)
            let endpoint = try await xpub.bind()
            var subscribers: [Station] = []
            for name in ["one", "two"] {
                let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
                try await subscriber.connect(to: endpoint)
                try await subscriber.subscribe(to: Message.Part("ask " + name))
                // It asks for one thing, and gets that and another.
                #expect(try await xpub.subscriptions(1) == ["+ask " + name])
                for topic in ["ask " + name, "give " + name] { try await xpub.subscribe(to: Message.Part(topic)) }
                // A SUB filters once more.
                if pair.subscriber == .sub { try await subscriber.subscribe(to: "give") }
                if pair.subscriber == .sub { #expect(try await xpub.subscriptions(1) == ["+give"]) }
                subscribers.append(subscriber)
            }
            for message in ["give two", "give none", "ask two", "give one", "ask one"] {
                try await xpub.send(Message(message))
            }
            #expect(try await subscribers[0].receive(2).map(\.text) == [["give one"], ["ask one"]])
            #expect(try await subscribers[1].receive(2).map(\.text) == [["give two"], ["ask two"]])
            // It cancels, and loses what the application takes.
            try await subscribers[0].unsubscribe(from: "ask one")
            #expect(try await xpub.subscriptions(1) == ["-ask one"])
            try await xpub.unsubscribe(from: "give one")
            for message in ["give one", "ask one", "give two"] { try await xpub.send(Message(message)) }
            #expect(try await subscribers[1].receive(1).map(\.text) == [["give two"]])
            if pair.subscriber == .xsub {
                #expect(try await subscribers[0].receive(1).map(\.text) == [["ask one"]])
            }
            #expect(try await subscribers[0].receive(within: .milliseconds(50)) == nil)
        }
    }

    @Test("welcomes every connection, before anything else", arguments: PublishingPair.ofXPub, [true, false])
    func welcomes(pair: PublishingPair, isBound: Bool) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, pair.side, in: (context, peer), .welcoming, foreign: .welcoming)
            for _ in 0..<3 {
                let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
                try await subscriber.subscribe(to: "")
                if isBound {
                    try await subscriber.connect(to: try await xpub.bind())
                } else {
                    try await xpub.connect(to: try await subscriber.bind())
                }
                try await xpub.settle(subscriber)
                try await xpub.send("news")
                let arrived = [try await subscriber.receive(), try await subscriber.receive()]
                #expect(arrived.map { $0?.text } == [["welcome"], ["news"]])
                try await subscriber.close()
            }
        }
    }

    @Test("talks with XSUB: what is no subscription arrives as it is", arguments: Station.Side.allCases)
    func upstream(side: Station.Side) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, side, in: (context, peer))
            let xsub = try await Station(.xsub, side.other, in: (context, peer))
            try await xsub.connect(to: try await xpub.bind())
            try await xsub.subscribe(to: "a")
            let messages: [Message] = ["up", ["in", "", "parts"], Message(), ["", ""], Message.octets(300)]
            // What is sent before there is a connection comes after all subscriptions.
            #expect(try await xpub.subscriptions(1) == ["+a"])
            for message in messages { try await xsub.send(message) }
            try await xsub.subscribe(to: "b")
            let arrived = try await xpub.receive(messages.count)
            #expect(arrived.map(\.text) == messages.map(\.text))
            #expect(try await xpub.subscriptions(1) == ["+b"])
        }
    }

    @Test("PUB throws away what XSUB sends upstream, and goes on", arguments: Station.Side.allCases)
    func upstreamToPub(side: Station.Side) async throws {
        try await withPeer { context, peer in
            let pub = try await Station(.pub, side, in: (context, peer))
            let xsub = try await Station(.xsub, side.other, in: (context, peer))
            try await xsub.connect(to: try await pub.bind())
            for number in 0..<5000 where number % 100 == 0 { try await xsub.send(Message("nothing \(number)")) }
            try await xsub.subscribe(to: "a")
            try await pub.settle(xsub)
            try await pub.send("also this")
            #expect(try await xsub.receive(1) == ["also this"])
        }
    }

    @Test("topics are inverted if both sides say so; an XSUB need not", arguments: PublishingPair.all)
    func inverted(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(
                pair.publisher, pair.side, in: (context, peer), .inverted, foreign: .inverted)
            let filters = pair.subscriber == .sub
            let subscriber = try await Station(
                pair.subscriber, pair.side.other, in: (context, peer), filters ? .inverted : .quiet,
                foreign: filters ? .inverted : .quiet)
            try await subscriber.connect(to: try await publisher.bind())
            for topic: Message.Part in ["a", "b"] { try await subscriber.subscribe(to: topic) }
            // All are wanted but these: once the second one is known, only cherries come. The first shows that there was a
            // connection when the banana was sent.
            let isKnown = try await eventually {
                let (first, last) = (["cherry", "\(Fresh.number())"], ["cherry", "\(Fresh.number())"])
                for message in [first, ["banana"], last] {
                    try await publisher.send(Message(parts: message.map { Message.Part($0) }))
                }
                var arrived: [[String]] = []
                while arrived.last != last, let message = try await subscriber.receive(within: .milliseconds(50)) {
                    arrived.append(message.text)
                }
                return arrived == [first, last]
            }
            #expect(isKnown)
            for topic in ["avocado", "banana", "", "c", "blue", "d"] { try await publisher.send(Message(topic)) }
            #expect(try await subscriber.receive(3).map(\.text) == [[""], ["c"], ["d"]])
            #expect(try await subscriber.receive(within: .milliseconds(50)) == nil)
        }
    }
}
