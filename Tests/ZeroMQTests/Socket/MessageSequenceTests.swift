// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("The sequence of messages", .timeLimit(.minutes(3)))
struct MessageSequenceTests {
    @Test("gives all messages in order, and ends when the socket is closed", arguments: Transport.allCases)
    func all(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            async let sending: Void = send(0..<3000, to: push)
            var next = 0
            for try await message in pull.messages {
                #expect(message.number == next)
                next += 1
                if next == 3000 { await pull.close() }
            }
            #expect(next == 3000)
            try await sending
        }
    }

    @Test("ends also for one who waits", arguments: Transport.allCases)
    func endsWaiting(transport: Transport) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket()
            try await router.bind(to: transport.wildcard())
            let task = Task {
                for try await message in router.messages { Issue.record("unexpected \(message)") }
            }
            await Task.yield()
            await router.close()
            try await task.value
        }
    }

    @Test("takes nothing before it is asked for")
    func backPressure() async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 2, receiving: 2))
            let pull = try context.makePullSocket(.marks(sending: 2, receiving: 2))
            try await join(pull, push, over: .inproc)
            var iterator = pull.messages.makeAsyncIterator()
            for number in 0..<4 { #expect(try push.trySend(Message(number: number))) }
            #expect(try push.trySend("too many") == false)
            for number in 0..<2 { #expect(try await iterator.next()?.number == number) }
            // The other half still waits in the socket, and is there for everybody.
            try await expect(2..<4, from: pull)
            #expect(try pull.tryReceive() == nil)
        }
    }

    @Test("ends with an error when its task is cancelled, and the socket goes on", arguments: Transport.allCases)
    func cancelled(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            let task = Task {
                for try await _ in pull.messages {}
            }
            await Task.yield()
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await push.send("later")
            #expect(try await pull.receive() == "later")
        }
    }

    @Test("shared by several tasks gives each message to one of them", arguments: Transport.allCases)
    func shared(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            let seen = Collected<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for try await message in pull.messages {
                            seen.append(message.number ?? -1)
                            if seen.count == 1000 { await pull.close() }
                        }
                    }
                }
                try await send(0..<1000, to: push)
                try await group.waitForAll()
            }
            #expect(seen.all.sorted().elementsEqual(0..<1000))
        }
    }
}
