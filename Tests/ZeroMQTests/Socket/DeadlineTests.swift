// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Deadlines", .timeLimit(.minutes(3)))
struct DeadlineTests {
    @Test("end a receive with nil, and the next message is not lost", arguments: Transport.allCases)
    func receive(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            for number in 0..<20 {
                #expect(try await pull.receive(within: .milliseconds(1)) == nil)
                try await push.send(Message(number: number))
                #expect(try await pull.receive(within: .seconds(60))?.number == number)
            }
        }
    }

    @Test("that have passed, or are very near, end all the same")
    func immediate() async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await push.bind(to: Transport.inproc.wildcard())
            try await pull.bind(to: Transport.inproc.wildcard())
            for limit in [Duration.zero, .seconds(-1), .nanoseconds(1), .microseconds(20), .microseconds(100)] {
                for _ in 0..<500 {
                    #expect(try await pull.receive(within: limit) == nil)
                    await expectError(.timedOut) { try await push.send("nobody", within: limit) }
                }
            }
        }
    }

    @Test("of zero still take what is there", arguments: Transport.allCases)
    func zero(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let log = EventLog(pull)
            try await join(pull, push, over: transport)
            if transport != .inproc { try await log.wait(for: .handshakeSucceeded) }
            try await push.send("one", within: .zero)
            var received: Message?
            while received == nil { received = try await pull.receive(within: .zero) }
            #expect(received == "one")
        }
    }

    @Test("end a send that finds no peer or no room, and what was not sent stays unsent", arguments: Transport.allCases)
    func send(transport: Transport) async throws {
        try await withSockets { context in
            let push = try context.makePushSocket(.marks(sending: 1, receiving: 1))
            let endpoint = try await push.bind(to: transport.wildcard())
            for _ in 0..<5 {
                let error = await expectError(.timedOut) { try await push.send("never", within: .milliseconds(1)) }
                #expect(error?.message.contains("0.001") == true)
            }
            let pull = try context.makePullSocket(.marks(sending: 1, receiving: 1))
            try await pull.connect(to: endpoint)
            try await push.send("first")
            #expect(try await pull.receive() == "first")
            #expect(try await pull.receive(within: .milliseconds(1)) == nil)
        }
    }

    @Test("far away do not overflow")
    func farAway() async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            let endpoint = try await pull.bind(to: Transport.inproc.wildcard())
            async let received = pull.receive(within: .seconds(Int64.max / 2))
            try await push.connect(to: endpoint)
            try await push.send("at last", within: .seconds(Int64.max / 2))
            #expect(try await received == "at last")
        }
    }

    @Test("of many waiting calls end each its own", arguments: [Transport.inproc])
    func many(transport: Transport) async throws {
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            let received = try await withThrowingTaskGroup(of: Message?.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        try await pull.receive(within: index % 2 == 0 ? .milliseconds(index % 7) : .seconds(60))
                    }
                }
                // Those with little time end without a message or with one; the others wait for theirs.
                for number in 0..<200 {
                    try await push.send(Message(number: number))
                    if number % 20 == 0 { await Task.yield() }
                }
                return try await group.reduce(into: [Int]()) { if let number = $1?.number { $0.append(number) } }
            }
            var all = received
            while let message = try pull.tryReceive() { all.append(message.number ?? -1) }
            #expect(all.sorted().elementsEqual(0..<200))
        }
    }
}
