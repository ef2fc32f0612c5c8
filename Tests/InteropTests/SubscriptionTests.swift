// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Subscriptions, RFC 29", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct SubscriptionTests {
    /// Topics at the edges of short and long frames, as commands and as messages.
    static let topics = [0, 1, 245, 246, 247, 248, 249, 254, 255, 256, 100_000].map { Message.Part.octets($0) }

    /// libzmq before 4.3.5 garbles subscriptions to topics of 246 to 255 octets: it takes the frame for a short one
    /// before it adds the command's name.
    static func topics(of side: Station.Side) -> [Message.Part] {
        side == .ours ? Self.topics : Self.topics.filter { !(246...255).contains($0.count) }
    }

    @Test("made before connecting arrive octet for octet, each once", arguments: PublishingPair.ofXPub)
    func before(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, pair.side, in: (context, peer), .verboser, foreign: .verboser)
            let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            let topics = Self.topics(of: pair.side.other)
            for topic in topics { try await subscriber.subscribe(to: topic) }
            // Twice is once.
            for topic in topics { try await subscriber.subscribe(to: topic) }
            try await subscriber.connect(to: try await xpub.bind())
            let arrived = try await xpub.receive(topics.count)
            #expect(Set(arrived) == Set(topics.map { Subscription($0).message }))
            try await subscriber.close()
            let left = try await xpub.receive(topics.count)
            #expect(Set(left) == Set(topics.map { Subscription($0, isCancellation: true).message }))
        }
    }

    @Test("and cancellations, made while connected, arrive octet for octet, in order", arguments: PublishingPair.ofXPub)
    func connected(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, pair.side, in: (context, peer), .verboser, foreign: .verboser)
            let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            // Here the publisher connects.
            try await xpub.connect(to: try await subscriber.bind())
            try await subscriber.subscribe(to: "first")
            #expect(try await xpub.subscriptions(1) == ["+first"])
            let topics = Self.topics(of: pair.side.other)
            for topic in topics { try await subscriber.subscribe(to: topic) }
            #expect(try await xpub.receive(topics.count) == topics.map { Subscription($0).message })
            for topic in topics { try await subscriber.unsubscribe(from: topic) }
            let cancelled = try await xpub.receive(topics.count)
            #expect(cancelled == topics.map { Subscription($0, isCancellation: true).message })
        }
    }

    @Test(
        "made twice end when cancelled twice, and what was never made is not cancelled", arguments: PublishingPair.all)
    func counted(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer))
            let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            try await subscriber.connect(to: try await publisher.bind())
            /// What of several messages arrives, once it is what is expected: what tells that a subscription has arrived may
            /// be heard because of one whose end has not.
            func expectPublished(_ expected: [String]) async throws {
                var arrived: [String] = []
                let isRight = try await eventually(within: .seconds(5)) {
                    try await publisher.settle(subscriber)
                    arrived = []
                    for topic in ["alpha", "beta", "end"] { try await publisher.send(Message(topic)) }
                    while arrived.last != "end" { arrived += try await subscriber.receive(1)[0].text }
                    return arrived == expected
                }
                #expect(isRight, "\(arrived) arrived instead of \(expected)")
            }
            try await subscriber.subscribe(to: "end")
            try await expectPublished(["end"])
            try await subscriber.subscribe(to: "a")
            try await subscriber.subscribe(to: "a")
            try await subscriber.unsubscribe(from: "never")
            try await expectPublished(["alpha", "end"])
            try await subscriber.unsubscribe(from: "a")
            try await expectPublished(["alpha", "end"])
            try await subscriber.subscribe(to: "")
            try await expectPublished(["alpha", "beta", "end"])
            try await subscriber.unsubscribe(from: "a")
            try await subscriber.unsubscribe(from: "")
            try await expectPublished(["end"])
        }
    }

    @Test("what a foreign XPUB sees of ours: SUB tells what changes, XSUB each subscription")
    func oursInDetail() async throws {
        try await withPeer { context, peer in
            for type in [SocketType.sub, .xsub] {
                let xpub = try await Station(.xpub, .theirs, in: (context, peer), foreign: .verboser)
                let subscriber = try await Station(type, .ours, in: (context, peer))
                try await subscriber.connect(to: try await xpub.bind())
                try await subscriber.subscribe(to: "first")
                #expect(try await xpub.subscriptions(1) == ["+first"])
                for topic: Message.Part in ["a", "a"] { try await subscriber.subscribe(to: topic) }
                try await subscriber.unsubscribe(from: "a")
                try await subscriber.subscribe(to: "b")
                try await subscriber.unsubscribe(from: "never")
                try await subscriber.unsubscribe(from: "a")
                try await subscriber.subscribe(to: "c")
                let expected = type == .sub ? ["+a", "+b", "-a", "+c"] : ["+a", "+a", "+b", "-a", "+c"]
                #expect(try await xpub.subscriptions(expected.count) == expected)
            }
        }
    }

    @Test(
        "of several subscribers bring each what begins with one of its topics, in order", arguments: PublishingPair.all)
    func prefixes(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer), .loose, foreign: .loose)
            let endpoint = try await publisher.bind(to: "ipc://\(Fresh.path())")
            var dice = Dice(seed: 0x5EED)
            var subscribers: [(station: Station, topics: [String])] = []
            for _ in 0..<4 {
                let station = try await Station(
                    pair.subscriber, pair.side.other, in: (context, peer), .loose, foreign: .loose)
                try await station.connect(to: endpoint)
                try await station.subscribe(to: "end")
                subscribers.append((station, []))
            }
            for round in 0..<3 {
                for index in subscribers.indices {
                    // Some of the topics go, others come; a topic may be there twice.
                    for _ in 0..<min(4, subscribers[index].topics.count) {
                        let topic = subscribers[index].topics.remove(at: dice.roll(subscribers[index].topics.count))
                        try await subscribers[index].station.unsubscribe(from: Message.Part(topic))
                    }
                    for _ in 0..<6 {
                        let topic = "t" + dice.text(upTo: 4)
                        subscribers[index].topics.append(topic)
                        try await subscribers[index].station.subscribe(to: Message.Part(topic))
                    }
                    try await publisher.settle(subscribers[index].station)
                }
                let published = (0..<200).map { ["t" + dice.text(upTo: 6), "\(round).\($0)"] }
                for message in published + [["end", "\(round)"]] {
                    try await publisher.send(Message(parts: message.map { Message.Part($0) }))
                }
                for subscriber in subscribers {
                    let wanted = published.filter { message in subscriber.topics.contains { message[0].hasPrefix($0) } }
                    #expect(wanted.count > 0)
                    let arrived = try await subscriber.station.receive(wanted.count + 1)
                    #expect(arrived.map(\.text) == wanted + [["end", "\(round)"]])
                }
            }
        }
    }

    @Test("of 0, 245 to 256 and 100,000 octets match what begins with them", arguments: PublishingPair.all)
    func longTopics(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer))
            let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            try await subscriber.connect(to: try await publisher.bind())
            // Each topic is the beginning of the next: a message of a topic's size is wanted from that topic on.
            for topic in Self.topics(of: pair.side.other).reversed() {
                try await subscriber.subscribe(to: topic)
                try await publisher.settle(subscriber)
                for other in Self.topics { try await publisher.send(Message(other)) }
                let wanted = Self.topics.filter { $0.count >= topic.count }
                #expect(try await subscriber.receive(wanted.count).map(\.byteCount) == wanted.map(\.count))
            }
        }
    }
}

/// Numbers that look like chance and are the same each time.
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    /// A number below the limit.
    mutating func roll(_ limit: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(self.state >> 33) % limit
    }

    /// A short text of few letters.
    mutating func text(upTo limit: Int) -> String {
        (0..<self.roll(limit + 1)).map { _ in self.roll(2) == 0 ? "a" : "b" }.joined()
    }
}
