// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Proxies of XSUB and XPUB", .serialized, .timeLimit(.minutes(3)), .enabled(if: ForeignPeer.isAvailable))
struct PublishingProxyTests {
    @Test(
        "foreign publishers, our proxy, foreign subscribers",
        arguments: PublishingPair.all.filter { $0.side == .theirs })
    func oursBetweenTheirs(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let (frontend, backend) = (try context.makeXSubSocket(.loose), try context.makeXPubSocket(.loose))
            let front = try await frontend.bind(to: "tcp://127.0.0.1:*")
            let back = try await backend.bind(to: "ipc://\(Fresh.path())")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Proxy(frontend: frontend, backend: backend).run() }
                try await Self.expectFlow(pair, publishers: .theirs, subscribers: .theirs, front, back, (context, peer))
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    @Test("our publishers, libzmq's proxy, our subscribers", arguments: PublishingPair.all.filter { $0.side == .ours })
    func theirsBetweenOurs(pair: PublishingPair) async throws {
        try await withPeer { context, peer in
            let frontend = try await peer.open(.xsub, .loose)
            let backend = try await peer.open(.xpub, .loose)
            let front = try await frontend.bind(to: "tcp://127.0.0.1:*")
            let back = try await backend.bind(to: "ipc://\(Fresh.path())")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await peer.runProxy(frontend, backend) }
                try await Self.expectFlow(pair, publishers: .ours, subscribers: .ours, front, back, (context, peer))
                peer.kill()
                while let result = await group.nextResult() { _ = result }
            }
        }
    }

    /// Three publishers and four subscribers, of which each gets all that it asked for, each publisher's in order.
    private static func expectFlow(
        _ pair: PublishingPair, publishers: Station.Side, subscribers: Station.Side, _ front: String, _ back: String,
        _ place: (Context, ForeignPeer)
    ) async throws {
        let topics: [[Message.Part]] = [["a"], ["a", "b"], ["c1"], [""]]
        var sources: [Station] = []
        for _ in 0..<3 {
            let source = try await Station(pair.publisher, publishers, in: place, .loose, foreign: .loose)
            try await source.connect(to: front)
            sources.append(source)
        }
        var sinks: [Station] = []
        for topics in topics {
            let sink = try await Station(pair.subscriber, subscribers, in: place, .loose, foreign: .loose)
            try await sink.connect(to: back)
            for topic in topics { try await sink.subscribe(to: topic) }
            sinks.append(sink)
        }
        // Every subscription has reached every publisher through the proxy. What tells so reaches who wants all.
        for source in sources { for sink in sinks { try await source.settle(sink) } }
        let count = 300
        let names = ["a", "b", "c1", "c2"]
        for (number, source) in sources.enumerated() {
            for index in 0..<count {
                try await source.send([
                    Message.Part(names[index % 4]), Message.Part("\(number)"), Message.Part("\(index)"),
                ])
            }
        }
        for (sink, topics) in zip(sinks, topics) {
            let wanted = (0..<count).filter { index in topics.contains { names[index % 4].hasPrefix(String($0)) } }
            var arrived: [String: [String]] = [:]
            var rest = wanted.count * sources.count
            while rest > 0, let text = try await sink.receive(within: .seconds(10))?.text {
                guard text.count == 3 else { continue }
                arrived[text[1], default: []].append(text[2])
                rest -= 1
            }
            for number in sources.indices { #expect(arrived["\(number)"] == wanted.map { "\($0)" }, "\(topics)") }
        }
    }
}
