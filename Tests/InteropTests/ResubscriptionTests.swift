// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite(
    "Publishers and subscribers that restart", .serialized, .timeLimit(.minutes(3)),
    .enabled(if: ForeignPeer.isAvailable))
struct ResubscriptionTests {
    @Test("a subscriber tells a publisher that is bound again all that it wants", arguments: PublishingPair.all)
    func publisherRestarts(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
            for topic: Message.Part in ["a", "b", "gone"] { try await subscriber.subscribe(to: topic) }
            try await subscriber.unsubscribe(from: "gone")
            try await subscriber.connect(to: endpoint)
            for round in 0..<3 {
                let publisher = try await Station(pair.publisher, pair.side, in: (context, peer))
                try await publisher.bind(to: endpoint)
                if pair.publisher == .xpub {
                    #expect(try await publisher.subscriptions(2).sorted() == ["+a", "+b"])
                } else {
                    try await publisher.settle(subscriber)
                }
                for topic in ["gone", "a", "c", "b"] {
                    try await publisher.send([Message.Part(topic), Message.Part("\(round)")])
                }
                #expect(try await subscriber.receive(2).map(\.text) == [["a", "\(round)"], ["b", "\(round)"]])
                try await publisher.close()
            }
        }
    }

    @Test("a publisher forgets a subscriber that is gone", arguments: PublishingPair.ofXPub)
    func subscriberRestarts(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer))
            let endpoint = try await publisher.bind()
            for round in 0..<3 {
                let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
                for topic: Message.Part in ["a", Message.Part("\(round)")] { try await subscriber.subscribe(to: topic) }
                try await subscriber.connect(to: endpoint)
                #expect(try await publisher.subscriptions(2).sorted() == ["+\(round)", "+a"])
                for topic in ["0", "1", "2", "a"] { try await publisher.send(Message(topic)) }
                #expect(try await subscriber.receive(2).map(\.text) == [["\(round)"], ["a"]])
                try await subscriber.close()
                #expect(try await publisher.subscriptions(2).sorted() == ["-\(round)", "-a"])
            }
        }
    }

    @Test(
        "a publisher that has connected learns what the next subscriber there wants", arguments: PublishingPair.ofXPub)
    func boundSubscriberRestarts(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let endpoint = Fresh.tcpEndpoint()
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer))
            try await publisher.connect(to: endpoint)
            for round in 0..<3 {
                let subscriber = try await Station(pair.subscriber, pair.side.other, in: (context, peer))
                try await subscriber.subscribe(to: Message.Part("\(round)"))
                try await subscriber.bind(to: endpoint)
                // Of the one before nothing is said: as messages are, its topics are kept for who comes back.
                #expect(try await publisher.subscriptions(1) == ["+\(round)"])
                for index in 0..<10 { try await publisher.send(Message("\(round) \(index)")) }
                #expect(try await subscriber.receive(10).map(\.text) == (0..<10).map { ["\(round) \($0)"] })
                try await subscriber.close()
            }
        }
    }

    @Test("a foreign subscriber whose process dies is forgotten", arguments: [SocketType.sub, .xsub])
    func subscriberDies(type: SocketType) async throws {
        try await withPeer { context, peer in
            let xpub = try await Station(.xpub, .ours, in: (context, peer))
            let endpoint = try await xpub.bind()
            let doomed = try ForeignPeer()
            let (first, second) = (
                try await Station(type, .theirs, in: (context, doomed)),
                try await Station(type, .theirs, in: (context, peer))
            )
            for (subscriber, topic) in [(first, "a"), (second, "b")] as [(Station, Message.Part)] {
                try await subscriber.connect(to: endpoint)
                try await subscriber.subscribe(to: topic)
                #expect(try await xpub.subscriptions(1) == ["+" + String(topic)])
            }
            doomed.kill()
            #expect(try await xpub.subscriptions(1) == ["-a"])
            for topic in ["a", "b"] { try await xpub.send(Message(topic)) }
            #expect(try await second.receive(1) == ["b"])
        }
    }

    @Test(
        "publishing goes on while subscribers come and go: each gets an unbroken piece", arguments: PublishingPair.all)
    func unbroken(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let publisher = try await Station(pair.publisher, pair.side, in: (context, peer), .loose, foreign: .loose)
            let endpoint = try await publisher.bind()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0... {
                        guard !Task.isCancelled else { return }
                        try await publisher.send(["n", Message.Part("\(number)")])
                        await Task.yield()
                    }
                }
                var next = 0
                for _ in 0..<5 {
                    let subscriber = try await Station(
                        pair.subscriber, pair.side.other, in: (context, peer), .loose, foreign: .loose)
                    try await subscriber.subscribe(to: "n")
                    try await subscriber.connect(to: endpoint)
                    let numbers = try await subscriber.receive(200).map { Int($0.text[1]) ?? -1 }
                    // What was published while nobody was there is gone; what came is whole and in order.
                    #expect(numbers[0] >= next && numbers == Array(numbers[0]..<numbers[0] + 200))
                    next = numbers[199] + 1
                    try await subscriber.close()
                }
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }
}
