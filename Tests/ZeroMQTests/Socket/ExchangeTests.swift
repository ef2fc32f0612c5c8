// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Sockets of types that fit", .timeLimit(.minutes(3)))
struct ExchangeTests {
    @Test("exchange messages of every shape, whoever binds", arguments: TypePair.all, Transport.allCases)
    func everyPair(pair: TypePair, transport: Transport) async throws {
        for firstBinds in [true, false] {
            try await withSockets { context in
                let (first, second) = try ConversationEnd.make(pair, in: context)
                let (binder, connector) = firstBinds ? (first, second) : (second, first)
                try await join(binder.socket, connector.socket, over: transport)
                for message in Self.shapes { try await Self.exchange(message, first, second, pair) }
            }
        }
    }

    private static func exchange(
        _ message: Message, _ first: ConversationEnd, _ second: ConversationEnd, _ pair: TypePair
    ) async throws {
        try await first.send(message)
        #expect(try await second.receive() == message)
        guard pair.isTwoWay else { return }
        try await second.send(message)
        #expect(try await first.receive() == message)
    }

    private static let shapes: [Message] =
        [
            "hello", ["address", "", "body"], Message(), ["", ""], ["", "body"], ["body", ""],
            Message(parts: (0..<300).map { Message.Part("\($0)") }),
        ] + [1, 31, 32, 33, 254, 255, 256, 5000].map { Message(size: $0) }

    @Test(
        "carry parts of every size, alone and among others",
        arguments: [0, 1, 31, 32, 33, 254, 255, 256, 16_383, 16_384, 65_535, 65_536, 65_537, 3_000_000],
        Transport.allCases
    )
    func sizes(size: Int, transport: Transport) async throws {
        let part = Message.Part(size: size)
        try await withSockets { context in
            let (dealer, router) = (try context.makeDealerSocket(), try context.makeRouterSocket())
            try await join(router, dealer, over: transport)
            for message in [Message(part), ["head", part, "tail"], [part, part], ["", part]] as [Message] {
                try await dealer.send(message)
                let received = try await router.receive()
                #expect(received.message == message)
                try await router.send(received.message, to: received.peer)
                #expect(try await dealer.receive() == message)
            }
        }
    }

    @Test("carry a message of a thousand parts of all sizes", arguments: Transport.allCases)
    func manyParts(transport: Transport) async throws {
        let message = Message(parts: (0..<1000).map { Message.Part(size: $0) })
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, push, over: transport)
            try await push.send(message)
            let received = try await pull.receive()
            #expect(received.count == 1000)
            #expect(received == message)
        }
    }

    @Test(
        "keep ten thousand messages in order",
        arguments: TypePair.all.filter { $0.first != .req && $0.second != .rep },
        Transport.allCases
    )
    func order(pair: TypePair, transport: Transport) async throws {
        try await withSockets { context in
            let (first, second) = try ConversationEnd.make(pair, in: context)
            try await join(first.socket, second.socket, over: transport)
            async let sending: Void = {
                for number in 0..<10_000 { try await first.send(Message(number: number)) }
            }()
            var wrong = 0
            for number in 0..<10_000 where try await second.receive().number != number { wrong += 1 }
            #expect(wrong == 0)
            try await sending
        }
    }

    @Test("keep messages of mixed sizes in order", arguments: Transport.allCases)
    func mixedSizes(transport: Transport) async throws {
        let sizes = [10, 40_000, 300, 70_000, 0, 200_000, 16_384, 1]
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(push, pull, over: transport)
            let bodies = sizes.map { Message.Part(size: $0) }
            async let sending: Void = {
                for number in 0..<400 {
                    try await push.send([Message.Part("\(number)"), bodies[number % bodies.count]])
                }
            }()
            for number in 0..<400 {
                let message = try await pull.receive()
                #expect(message.number == number)
                #expect(message[1] == bodies[number % bodies.count])
            }
            try await sending
        }
    }

    @Test("talk to peers over all transports at the same time")
    func mixedTransports() async throws {
        try await withSockets { context in
            let pull = try context.makePullSocket()
            for (index, transport) in Transport.allCases.enumerated() {
                let push = try context.makePushSocket()
                try await join(pull, push, over: transport)
                try await push.send(Message(number: index))
            }
            var seen: Set<Int?> = []
            for _ in Transport.allCases { seen.insert(try await pull.receive().number) }
            #expect(seen == [0, 1, 2])
        }
    }

    @Test("let many tasks send multipart messages at once, and never mix their parts", arguments: Transport.allCases)
    func concurrentSenders(transport: Transport) async throws {
        let (tasks, messages) = (64, 100)
        try await withSockets { context in
            let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(push, pull, over: transport)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        let part = Message.Part("\(task)")
                        for number in 0..<messages {
                            try await push.send([part, Message.Part("\(number)"), part, part])
                        }
                    }
                }
                var next = Array(repeating: 0, count: tasks)
                for _ in 0..<tasks * messages {
                    let message = try await pull.receive()
                    let task = try #require(message.number)
                    #expect(message == [message[0], Message.Part("\(next[task])"), message[0], message[0]])
                    next[task] += 1
                }
                try await group.waitForAll()
            }
        }
    }
}
