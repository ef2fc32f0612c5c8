// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

/// Many messages one after the other, which are written by whoever sends them: `FloodTests` tell how.
@Suite("Floods of messages", .timeLimit(.minutes(4)))
struct FloodingTests {
    private static let count = 6000

    private static func message(_ number: Int, from task: Int = 0) -> Message {
        [Message.Part("\(task)"), Message.Part("\(number)"), Message.Part(size: 8000)]
    }

    @Test(
        "arrive whole and in order, and their end without another message", arguments: Transport.wires, Place.allCases)
    func arrives(transport: Transport, place: Place) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: transport)
            for round in 0..<3 {
                let sending = Task(executorPreference: place.executor(of: push)) {
                    for number in 0..<Self.count + round { try await push.send(Self.message(number)) }
                }
                var wrong = 0
                for number in 0..<Self.count + round where try await pull.receive() != Self.message(number) {
                    wrong += 1
                }
                #expect(wrong == 0)
                try await sending.value
                #expect(try pull.tryReceive() == nil)
            }
        }
    }

    @Test("of many tasks keep each one's order, with large messages among them", arguments: Transport.wires)
    func manyTasks(transport: Transport) async throws {
        let tasks = 4
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: transport)
            let sending = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<tasks {
                        group.addTask {
                            for number in 0..<Self.count / 2 {
                                var message = Self.message(number, from: task)
                                if number % 1000 == 999 { message.append(Message.Part(size: 100_000)) }
                                try await push.send(message)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            var next = Array(repeating: 0, count: tasks)
            for _ in 0..<tasks * Self.count / 2 {
                let message = try await pull.receive()
                let task = try #require(Int(String(message[0])))
                #expect(message[1] == Message.Part("\(next[task])"))
                next[task] += 1
            }
            #expect(next == Array(repeating: Self.count / 2, count: tasks))
            try await sending.value
        }
    }

    @Test("leave whole when the socket is closed behind them", arguments: Transport.wires, Place.allCases)
    func closing(transport: Transport, place: Place) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: transport)
            let sending = Task(executorPreference: place.executor(of: push)) {
                for number in 0..<Self.count { try await push.send(Self.message(number)) }
                await push.close()
            }
            for number in 0..<Self.count { #expect(try await pull.receive()[1] == Message.Part("\(number)")) }
            try await sending.value
            #expect(push.snapshot().totals.sentMessages == Self.count)
            #expect(push.snapshot().totals.unknown == 0)
        }
    }

    @Test("wait for who does not read, and leave when it does", arguments: Transport.wires)
    func slowReceiver(transport: Transport) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            try await join(pull, push, over: transport)
            var (sent, received) = (0, 0)
            for _ in 0..<3 {
                // Until neither the system nor the queues take more.
                await expectError(.timedOut) {
                    while true {
                        try await push.send(Self.message(sent), within: .milliseconds(300))
                        sent += 1
                    }
                }
                #expect(sent - received > 100)
                while received < sent {
                    #expect(try await pull.receive()[1] == Message.Part("\(received)"))
                    received += 1
                }
            }
            await push.close()
            #expect(push.snapshot().totals.sentMessages == sent)
            #expect(push.snapshot().totals.unknown == 0)
        }
    }
}
