// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZMTP
import ZeroMQ
import ZeroMQTesting

/// Sockets that answer many messages at once: `HeldBackTests` and `OutgoingQueueHoldTests` tell how.
@Suite("Answers that leave together", .timeLimit(.minutes(3)))
struct HoldingTests {
    /// A ROUTER and a peer of it whose requests come all at once.
    private static func withRequests(
        _ count: Int, _ body: @escaping @Sendable (RouterSocket, ScriptedPeer) async throws -> Void
    ) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .dealer)
            try await peer.send(wire((0..<count).map { Message(number: $0) }))
            try await body(router, peer)
            await peer.close()
        }
    }

    private static func answer(_ count: Int, on router: RouterSocket) async throws {
        for _ in 0..<count {
            let request = try await router.receive()
            try await router.send(request.message, to: request.peer)
        }
    }

    private static func expect(_ numbers: Range<Int>, from peer: ScriptedPeer) async throws {
        for number in numbers { #expect(try await peer.receiveMessage().number == number) }
    }

    @Test("do not wait for a task that receives no more", arguments: Place.allCases)
    func deserted(place: Place) async throws {
        try await Self.withRequests(50) { router, peer in
            let (goAhead, gate) = AsyncStream<Void>.makeStream()
            let answering = Task(executorPreference: place.executor(of: router)) {
                try await Self.answer(7, on: router)
                for await _ in goAhead { break }
                try await Self.answer(43, on: router)
            }
            // Seven of fifty, and the task that makes the others waits for them to arrive.
            try await Self.expect(0..<7, from: peer)
            gate.yield()
            try await Self.expect(7..<50, from: peer)
            try await answering.value
        }
    }

    @Test("do not wait for a task that receives no more, again and again", arguments: Place.allCases)
    func desertedOften(place: Place) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let peer = try await ScriptedPeer.connect(to: endpoint)
            try await peer.shakeHands(as: .dealer)
            let rounds = 60
            let (goAhead, gate) = AsyncStream<Void>.makeStream()
            let answering = Task(executorPreference: place.executor(of: router)) {
                var turns = goAhead.makeAsyncIterator()
                for _ in 0..<rounds {
                    try await Self.answer(3, on: router)
                    await turns.next()
                    try await Self.answer(1, on: router)
                }
            }
            for round in 0..<rounds {
                try await peer.send(wire((0..<4).map { Message(number: 4 * round + $0) }))
                try await Self.expect(4 * round..<4 * round + 3, from: peer)
                gate.yield()
                try await Self.expect(4 * round + 3..<4 * round + 4, from: peer)
            }
            try await answering.value
            await peer.close()
        }
    }

    @Test("leave before a socket that is closed at once", arguments: Place.allCases)
    func closing(place: Place) async throws {
        for count in [2, 5, 31, 32, 33, 100] {
            try await Self.withRequests(count + 1) { router, peer in
                let answering = Task(executorPreference: place.executor(of: router)) {
                    try await Self.answer(count, on: router)
                    return await router.close()
                }
                try await Self.expect(0..<count, from: peer)
                // It waits for the peer to close too.
                #expect(try await peer.receiveUntilClosed() == [])
                await peer.close()
                #expect(try await answering.value.lost == 0)
            }
        }
    }

    @Test("go to each of many peers", arguments: Place.allCases)
    func manyPeers(place: Place) async throws {
        let (peers, rounds) = (40, 10)
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: "tcp://127.0.0.1:*")
            let answering = Task(executorPreference: place.executor(of: router)) {
                try await Self.answer(peers * rounds * 3, on: router)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<peers {
                    group.addTask {
                        let dealer = try context.makeDealerSocket()
                        try await dealer.connect(to: endpoint)
                        for round in 0..<rounds {
                            for _ in 0..<3 {
                                try await dealer.send([Message.Part("\(number)"), Message.Part("\(round)")])
                            }
                            for _ in 0..<3 {
                                let message = try await dealer.receive()
                                #expect(message == [Message.Part("\(number)"), Message.Part("\(round)")])
                            }
                        }
                        await dealer.close()
                    }
                }
                try await group.waitForAll()
            }
            try await answering.value
        }
    }

    @Test("keep their order, whatever their size", arguments: Place.allCases)
    func order(place: Place) async throws {
        let sizes = [0, 20, 300, 9000, 16_384, 5, 40_000, 1]
        let total = 3000
        try await withSockets { context in
            let (dealer, router) = (try context.makeDealerSocket(), try context.makeRouterSocket())
            try await join(router, dealer, over: .tcp)
            let answering = Task(executorPreference: place.executor(of: router)) {
                for number in 0..<total {
                    let request = try await router.receive()
                    let answer: Message = [request.message[0], Message.Part(size: sizes[number % sizes.count])]
                    try await router.send(answer, to: request.peer)
                }
            }
            let asking = Task(executorPreference: place.executor(of: dealer)) {
                var sent = 0
                while sent < 100 {
                    try await dealer.send(Message(number: sent))
                    sent += 1
                }
                for number in 0..<total {
                    let answer = try await dealer.receive()
                    #expect(answer.number == number)
                    #expect(answer[1].count == sizes[number % sizes.count])
                    guard sent < total else { continue }
                    try await dealer.send(Message(number: sent))
                    sent += 1
                }
            }
            try await asking.value
            try await answering.value
        }
    }
}
