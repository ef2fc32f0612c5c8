// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Many peers of one socket", .timeLimit(.minutes(3)))
struct FairnessTests {
    @Test("are heard in turn, however much they send", arguments: Transport.allCases)
    func fairQueueing(transport: Transport) async throws {
        let (peers, each) = (10, 1000)
        try await withSockets { context in
            let pull = try context.makePullSocket(.marks(sending: nil, receiving: nil))
            let log = EventLog(pull)
            let endpoint = try await pull.bind(to: transport.wildcard())
            for peer in 0..<peers {
                let push = try context.makePushSocket(.marks(sending: nil, receiving: nil))
                try await push.connect(to: endpoint)
                for _ in 0..<each + 300 * peer { try await push.send(Message(number: peer)) }
                await push.close()
            }
            // Everything has arrived; from now on it only matters who is asked.
            if transport != .inproc { try await log.wait(for: .disconnected, count: peers) }
            var counts = Array(repeating: 0, count: peers)
            for heard in 1...peers * each {
                counts[try #require(try await pull.receive().number)] += 1
                if heard % peers == 0 { #expect(Set(counts) == [heard / peers]) }
            }
            // The others are at their end, and the rest takes turns too.
            for _ in 0..<(peers - 1) * 300 { counts[try #require(try await pull.receive().number)] += 1 }
            #expect(counts == (0..<peers).map { $0 == 0 ? each : each + 300 })
        }
    }

    @Test("that flood a socket at the same time are all heard", arguments: Transport.allCases)
    func floods(transport: Transport) async throws {
        let (peers, messages) = (10, 10_000)
        try await withSockets { context in
            let pull = try context.makePullSocket(.marks(sending: nil, receiving: 100))
            let endpoint = try await pull.bind(to: transport.wildcard())
            let counts = try await withThrowingTaskGroup(of: Void.self) { group in
                for peer in 0..<peers {
                    let push = try context.makePushSocket(.marks(sending: 100, receiving: nil))
                    try await push.connect(to: endpoint)
                    group.addTask { while !Task.isCancelled { try await push.send(Message(number: peer)) } }
                }
                var counts = Array(repeating: 0, count: peers)
                var heard = 0
                while heard < messages || counts.contains(0) {
                    counts[try #require(try await pull.receive().number)] += 1
                    heard += 1
                }
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
                return counts
            }
            // How many a fast receiver finds of each depends on the system; a slow one finds as many of each.
            #expect(counts.allSatisfy { $0 > 0 }, "\(counts)")
        }
    }

    @Test("with one message each are heard once each", arguments: Transport.allCases)
    func oneEach(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            let endpoint = try await router.bind(to: transport.wildcard())
            let dealers = try (0..<5).map { _ in try context.makeDealerSocket() }
            for (number, dealer) in dealers.enumerated() {
                try await dealer.connect(to: endpoint)
                for _ in 0..<3 { try await dealer.send(Message(number: number)) }
            }
            var peers: [Peer: Int] = [:]
            for _ in 0..<15 { peers[try await router.receive().peer, default: 0] += 1 }
            #expect(peers.count == 5)
            #expect(peers.values.allSatisfy { $0 == 3 })
        }
    }

    @Test("that were connected to get messages strictly in turn", arguments: Transport.allCases, [1, 2, 5])
    func roundRobin(transport: Transport, peers: Int) async throws {
        try await withSockets { context in
            let dealer = try context.makeDealerSocket()
            var pulls: [DealerSocket] = []
            for _ in 0..<peers {
                let peer = try context.makeDealerSocket()
                try await dealer.connect(to: try await peer.bind(to: transport.wildcard()))
                pulls.append(peer)
            }
            try await send(0..<20 * peers, to: dealer)
            for (index, peer) in pulls.enumerated() {
                for round in 0..<20 { #expect(try await peer.receive().number == round * peers + index) }
            }
        }
    }

    @Test("that have connected get messages strictly in turn", arguments: Transport.allCases)
    func roundRobinOfAccepted(transport: Transport) async throws {
        let peers = 5
        try await withSockets { context in
            let push = try context.makePushSocket()
            let log = EventLog(push)
            let endpoint = try await push.bind(to: transport.wildcard())
            let pulls = try (0..<peers).map { _ in try context.makePullSocket() }
            for pull in pulls { try await pull.connect(to: endpoint) }
            if transport != .inproc { try await log.wait(for: .handshakeSucceeded, count: peers) }
            try await send(0..<20 * peers, to: push)
            var places: Set<Int> = []
            for pull in pulls {
                let first = try #require(try await pull.receive().number)
                places.insert(first)
                for round in 1..<20 { #expect(try await pull.receive().number == round * peers + first) }
            }
            #expect(places == Set(0..<peers))
        }
    }

    @Test("without room are passed over until they have room again", arguments: Transport.allCases)
    func skipsFull(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 5, receiving: 5))
            let (slow, quick) = (
                try context.makePullSocket(.marks(sending: 5, receiving: 5)),
                try context.makePullSocket(.marks(sending: 5, receiving: 5))
            )
            for pull in [slow, quick] { try await push.connect(to: try await pull.bind(to: transport.wildcard())) }
            let body = Message.Part(size: transport == .inproc ? 1 : 100_000)
            let total = 600
            async let sending: Void = {
                for number in 0..<total { try await push.send([Message.Part("\(number)"), body]) }
            }()
            // While one of them does not read at all, the other one gets most.
            var seen: [Int] = []
            for _ in 0..<300 { seen.append(try #require(try await quick.receive().number)) }
            while seen.count < total {
                for pull in [slow, quick] {
                    while let message = try pull.tryReceive() { seen.append(try #require(message.number)) }
                }
                await Task.yield()
            }
            try await sending
            #expect(seen.sorted().elementsEqual(0..<total))
        }
    }

    @Test("of a PUSH that are all gone make it wait, and the next one gets its messages", arguments: Transport.allCases)
    func noPeerLeft(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket()
            let endpoint = try await push.bind(to: transport.wildcard())
            #expect(try push.trySend("nobody is there") == false)
            let first = try context.makePullSocket()
            try await first.connect(to: endpoint)
            try await push.send("one")
            #expect(try await first.receive() == "one")
            await first.close()
            #expect(try await eventually { try push.trySend("whoever is there") == false })
            let second = try context.makePullSocket()
            try await second.connect(to: endpoint)
            try await push.send("two")
            #expect(try await second.receive() == "two")
        }
    }
}
