// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Receiving from several sockets", .timeLimit(.minutes(3)))
struct ReceiveFromManyTests {
    @Test("takes one message and says from where", arguments: Transport.allCases)
    func one(transport: Transport) async throws {
        try await withSockets { context in
            let pulls = try (0..<3).map { _ in try context.makePullSocket() }
            let pushes = try (0..<3).map { _ in try context.makePushSocket() }
            for (push, pull) in zip(pushes, pulls) { try await join(pull, push, over: transport) }
            for index in [1, 0, 2, 2, 1] {
                async let received = receive(from: pulls)
                try await pushes[index].send(Message(number: index))
                let (place, peer, message) = try await (received.index, received.peer, received.message)
                #expect(place == index)
                #expect(peer == nil)
                #expect(message.number == index)
                for pull in pulls { #expect(try pull.tryReceive() == nil) }
            }
        }
    }

    @Test("takes nothing from those it does not return", arguments: Transport.allCases)
    func nothingElse(transport: Transport) async throws {
        try await withSockets { context in
            let pulls = try (0..<3).map { _ in try context.makePullSocket() }
            let pushes = try (0..<3).map { _ in try context.makePushSocket() }
            for (push, pull) in zip(pushes, pulls) { try await join(pull, push, over: transport) }
            for push in pushes { try await send(0..<100, to: push) }
            var counts = [0, 0, 0]
            for _ in 0..<60 {
                let received = try await receive(from: pulls)
                #expect(received.message.number == counts[received.index])
                counts[received.index] += 1
            }
            for (pull, count) in zip(pulls, counts) { try await expect(count..<100, from: pull) }
        }
    }

    @Test("is fair to all of them")
    func fair() async throws {
        try await withSockets { context in
            let pulls = try (0..<5).map { _ in try context.makePullSocket() }
            for pull in pulls {
                let push = try context.makePushSocket()
                try await join(pull, push, over: .inproc)
                try await send(0..<1000, to: push)
            }
            var counts = Array(repeating: 0, count: 5)
            for _ in 0..<1000 { counts[try await receive(from: pulls).index] += 1 }
            // Other tests may call it in between, so that the turns are not strict.
            #expect(counts.allSatisfy { $0 > 100 }, "\(counts)")
        }
    }

    @Test("names the sender beside the message of a ROUTER", arguments: Transport.allCases)
    func router(transport: Transport) async throws {
        try await withSockets { context in
            let (router, pull) = (try context.makeRouterSocket(), try context.makePullSocket())
            let dealer = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let push = try context.makePushSocket()
            try await join(router, dealer, over: transport)
            try await join(pull, push, over: transport)
            try await dealer.send(["from", "ann"])
            let first = try await receive(from: [pull, router])
            #expect(first.index == 1)
            #expect(first.peer?.routingID == "ann")
            #expect(first.message == ["from", "ann"])
            try await router.send("answer", to: try #require(first.peer))
            #expect(try await dealer.receive() == "answer")
            try await push.send("from push")
            let second = try await receive(from: [pull, router])
            #expect(second.index == 0)
            #expect(second.peer == nil)
        }
    }

    @Test("that is cancelled takes nothing", arguments: Transport.allCases)
    func cancelled(transport: Transport) async throws {
        try await withSockets { context in
            let pulls = try (0..<2).map { _ in try context.makePullSocket() }
            let pushes = try (0..<2).map { _ in try context.makePushSocket() }
            for (push, pull) in zip(pushes, pulls) { try await join(pull, push, over: transport) }
            for number in 0..<200 {
                let task = Task { try await receive(from: pulls) }
                for _ in 0..<Int.random(in: 0..<4) { await Task.yield() }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await pushes[number % 2].send(Message(number: number))
                #expect(try await receive(from: pulls).message.number == number)
            }
        }
    }

    @Test("loses no message when many tasks do it and are cancelled", arguments: [Transport.inproc, .tcp])
    func manyTasks(transport: Transport) async throws {
        let total = 2000
        try await withSockets { context in
            let pulls = try (0..<2).map { _ in try context.makePullSocket() }
            let pushes = try (0..<2).map { _ in try context.makePushSocket() }
            for (push, pull) in zip(pushes, pulls) { try await join(pull, push, over: transport) }
            let seen = Collected<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        while !Task.isCancelled {
                            guard let message = try? await receive(from: pulls, within: .milliseconds(1)) else {
                                continue
                            }
                            seen.append(message.message.number ?? -1)
                        }
                    }
                }
                for number in 0..<total { try await pushes[number % 2].send(Message(number: number)) }
                #expect(try await eventually { seen.count >= total })
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(seen.all.sorted().elementsEqual(0..<total))
        }
    }

    @Test("ends with nil when the time is up")
    func deadline() async throws {
        try await withSockets { context in
            let pulls = try (0..<2).map { _ in try context.makePullSocket() }
            for limit in [Duration.zero, .microseconds(10), .milliseconds(3)] {
                for _ in 0..<100 { #expect(try await receive(from: pulls, within: limit) == nil) }
            }
            #expect(try await receive(from: [], within: .zero) == nil)
            await expectError(.invalidOption) { try await receive(from: []) }
        }
    }

    @Test("ends when one of them is closed", arguments: Transport.allCases)
    func closed(transport: Transport) async throws {
        try await withSockets { context in
            let pulls = try (0..<2).map { _ in try context.makePullSocket() }
            for pull in pulls { try await pull.bind(to: transport.wildcard()) }
            let task = Task { try await receive(from: pulls) }
            await Task.yield()
            await pulls[1].close()
            await expectError(.closed) { try await task.value }
        }
    }

    @Test("says when one of them is in no state to receive, or never receives")
    func wrongState() async throws {
        try await withSockets { context in
            let (req, pull) = (try context.makeReqSocket(), try context.makePullSocket())
            await expectError(.wrongState) { try await receive(from: [req, pull]) }
            let push = try context.makeSocket(.push)
            await expectError(.notSupported) { try await receive(from: [push, pull]) }
        }
    }
}
