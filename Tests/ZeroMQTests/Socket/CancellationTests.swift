// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Cancellation", .timeLimit(.minutes(3)))
struct CancellationTests {
    @Test("of some waiting receivers takes no message from the others", arguments: Transport.allCases)
    func receivers(transport: Transport) async throws {
        let waiting = 100
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            let tasks = (0..<waiting).map { _ in Task { try await pull.receive().number } }
            for task in tasks.prefix(waiting / 2) { task.cancel() }
            for task in tasks.prefix(waiting / 2) {
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            try await send(0..<waiting / 2, to: push)
            var received: Set<Int?> = []
            for task in tasks.suffix(waiting / 2) { received.insert(try await task.value) }
            #expect(received == Set(0..<waiting / 2))
        }
    }

    @Test("at random of ten thousand receives loses no message and doubles none", arguments: Transport.allCases)
    func randomReceives(transport: Transport) async throws {
        let total = 10_000
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            let seen = Collected<Int>()
            async let sending: Void = send(0..<total, to: push)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        while !Task.isCancelled {
                            // One of the workers cancels each of its calls, so soon that most have not begun to wait.
                            let mayFinish = worker > 0 && Bool.random()
                            guard let number = await receiveOnce(from: pull, cancelling: !mayFinish) else { continue }
                            seen.append(number)
                        }
                    }
                }
                // However slow the machine, some come; one that is lost is waited for in vain.
                var count = 0
                while count < total {
                    let before = count
                    try #require(try await eventually(within: .seconds(50)) { seen.count > before })
                    count = seen.count
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            try await sending
            #expect(seen.all.sorted().elementsEqual(0..<total))
        }
    }

    @Test("of waiting senders sends nothing, and the others get through", arguments: Transport.allCases)
    func senders(transport: Transport) async throws {
        let waiting = 100
        try await withSockets { context in
            let push = try context.makePushSocket()
            let endpoint = try await push.bind(to: transport.wildcard())
            let tasks = (0..<waiting).map { number in Task { try await push.send(Message(number: number)) } }
            for task in tasks.prefix(waiting / 2) { task.cancel() }
            for task in tasks.prefix(waiting / 2) {
                await #expect(throws: CancellationError.self) { try await task.value }
            }
            let pull = try context.makePullSocket()
            try await pull.connect(to: endpoint)
            var received: Set<Int?> = []
            for _ in 0..<waiting / 2 { received.insert(try await pull.receive().number) }
            #expect(received == Set(waiting / 2..<waiting))
            for task in tasks.suffix(waiting / 2) { try await task.value }
            #expect(try pull.tryReceive() == nil)
        }
    }

    @Test("at random of sends to a full peer delivers exactly what was reported as sent", arguments: Transport.allCases)
    func randomSends(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 2, receiving: 2))
            let pull = try context.makePullSocket(.marks(sending: 2, receiving: 2))
            try await join(pull, push, over: transport)
            async let received = { () async throws -> [Int] in
                var numbers: [Int] = []
                while true {
                    let number = try #require(try await pull.receive().number)
                    if number < 0 { return numbers }
                    numbers.append(number)
                }
            }()
            var sent: [Int] = []
            for number in 0..<3000 {
                // A limit, since nobody receives any more when the test is ended for its time.
                let task = Task { try await push.send(Message(number: number), within: .seconds(50)) }
                if number % 3 == 0 { await Task.yield() }
                if Bool.random() { task.cancel() }
                do {
                    try await task.value
                    sent.append(number)
                } catch is CancellationError {}
            }
            try await push.send(Message(number: -1))
            #expect(try await received == sent)
        }
    }

    @Test("before a call waits makes it fail at once", arguments: Transport.allCases)
    func cancelledBefore(transport: Transport) async throws {
        try await withSockets { context in
            let pair = try context.makePairSocket()
            try await pair.bind(to: transport.wildcard())
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                await #expect(throws: CancellationError.self) { try await pair.receive() }
                await #expect(throws: CancellationError.self) { try await pair.receive(within: .seconds(60)) }
                await #expect(throws: CancellationError.self) { try await pair.send("nobody") }
                await #expect(throws: CancellationError.self) { try await pair.send("nobody", within: .seconds(60)) }
            }
            task.cancel()
            await task.value
        }
    }

    @Test("of a request whose reply is missing leaves the reply to be received", arguments: Transport.allCases)
    func request(transport: Transport) async throws {
        try await withSockets { context in
            let (req, rep) = (try context.makeReqSocket(), try context.makeRepSocket())
            try await join(rep, req, over: transport)
            let task = Task { try await req.request("question") }
            let question = try await rep.receive()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await rep.send(question)
            #expect(try await req.receive() == "question")
        }
    }
}

/// A receive in a task of its own, which is cancelled at some moment if that is wanted; nil if nothing was taken.
private func receiveOnce(from pull: PullSocket, cancelling: Bool) async -> Int? {
    await withThrowingTaskGroup(of: Int?.self) { group in
        group.addTask { try await pull.receive().number }
        if cancelling {
            for _ in 0..<Int.random(in: 0..<4) { await Task.yield() }
            group.cancelAll()
        }
        return try? await group.nextResult()?.get()
    }
}
