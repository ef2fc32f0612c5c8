// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Publishers and slow subscribers", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct PublishingFlowTests {
    static let body = Message.Part.octets(200_000)

    private static func number(_ number: Int) -> Message {
        [Message.Part("\(number)"), Self.body, Message.Part("\(number)")]
    }

    @Test(
        "ZMQ_XPUB_NODROP: sending stops while a subscriber does not read, and nothing is lost",
        arguments: PublishingPair.all)
    func waits(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(
                pair.publisher, pair.side, in: (context, peer), .patient, foreign: .patient)
            let subscriber = try await Station(
                pair.subscriber, pair.side.other, in: (context, peer), .tight, foreign: .tight)
            try await subscriber.subscribe(to: "")
            try await subscriber.connect(to: try await publisher.bind())
            try await publisher.settle(subscriber)
            var sent = 0
            while sent < 500, try await publisher.send(Self.number(sent), within: .milliseconds(200)) { sent += 1 }
            #expect(sent < 500)
            for number in 0..<sent { try #require(try await subscriber.receive(1) == [Self.number(number)]) }
            try await publisher.send("and on")
            #expect(try await subscriber.receive(1) == ["and on"])
        }
    }

    @Test("one that does not read misses whole messages and holds up nobody", arguments: PublishingPair.ofSub)
    func drops(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer), .tight, foreign: .tight)
            let endpoint = try await publisher.bind()
            let (quick, slow) = (
                try await Station(.sub, pair.side.other, in: (context, peer), .tight, foreign: .tight),
                try await Station(.sub, pair.side.other, in: (context, peer), .tight, foreign: .tight)
            )
            for subscriber in [quick, slow] {
                try await subscriber.subscribe(to: "")
                try await subscriber.connect(to: endpoint)
            }
            // Each must be settled while the other reads nothing yet.
            for subscriber in [quick, slow] { try await publisher.settle(subscriber) }
            try await Self.clear([quick, slow], of: publisher)
            let count = 80
            for number in 0..<count {
                try await publisher.send(Self.number(number))
                try #require(try await quick.receive(1) == [Self.number(number)])
            }
            var last = -1
            var missed = count
            while let message = try await slow.receive(within: .seconds(2)) {
                let number = try #require(Int(String(message[0])))
                try #require(message == Self.number(number) && number > last)
                (last, missed) = (number, missed - 1)
            }
            #expect(missed > 0 && missed < count)
            // It reads again, so it misses nothing more.
            for number in 0..<5 {
                try await publisher.send(Self.number(number))
                for subscriber in [quick, slow] { #expect(try await subscriber.receive(1) == [Self.number(number)]) }
            }
        }
    }

    /// What was published so far is received by all.
    private static func clear(_ subscribers: [Station], of publisher: Station) async throws {
        let last: Message = [Message.Part("clear \(Fresh.number())")]
        try await publisher.send(last)
        for subscriber in subscribers { while try await subscriber.receive(1) != [last] {} }
    }

    @Test("10,000 messages for three subscribers at once, none lost, none doubled", arguments: PublishingPair.all)
    func many(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer), .loose, foreign: .loose)
            let endpoint = try await publisher.bind(to: "ipc://\(Fresh.path())")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    let subscriber = try await Station(
                        pair.subscriber, pair.side.other, in: (context, peer), .loose, foreign: .loose)
                    try await subscriber.subscribe(to: "n")
                    try await subscriber.connect(to: endpoint)
                    try await publisher.settle(subscriber)
                    group.addTask {
                        let arrived = try await subscriber.receive(10_000)
                        #expect(arrived.map(\.text) == (0..<10_000).map { ["n", "\($0)"] })
                    }
                }
                try await publisher.sendMany(10_000, ["n"])
                try await group.waitForAll()
            }
        }
    }
}
