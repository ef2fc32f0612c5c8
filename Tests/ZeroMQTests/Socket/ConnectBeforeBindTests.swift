// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ

@Suite("Connecting before binding", .timeLimit(.minutes(3)))
struct ConnectBeforeBindTests {
    @Test("returns at once, and messages wait for the peer", arguments: Transport.allCases)
    func queued(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let push = try context.makePushSocket(.with { $0.reconnect = .quick })
            try await push.connect(to: endpoint)
            try await send(0..<100, to: push)
            let pull = try context.makePullSocket()
            #expect(try await pull.bind(to: endpoint) == endpoint)
            try await expect(0..<100, from: pull)
        }
    }

    @Test("works for every pair of types", arguments: TypePair.all, Transport.allCases)
    func everyPair(pair: TypePair, transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            let (first, second) = try ConversationEnd.make(pair, in: context)
            // The first attempts fail; the next one comes soon enough.
            try await first.socket.connect(to: endpoint)
            try await second.socket.bind(to: endpoint)
            try await first.send("question")
            #expect(try await second.receive() == "question")
            guard pair.isTwoWay else { return }
            try await second.send("answer")
            #expect(try await first.receive() == "answer")
        }
    }

    @Test("lets many sockets wait for one name", arguments: Transport.allCases)
    func manyConnectors(transport: Transport) async throws {
        let endpoint = try await transport.fresh()
        try await withSockets { context in
            for number in 0..<20 {
                let push = try context.makePushSocket(.with { $0.reconnect = .quick })
                try await push.connect(to: endpoint)
                try await push.send(Message(number: number))
            }
            let pull = try context.makePullSocket()
            try await pull.bind(to: endpoint)
            var seen: Set<Int?> = []
            for _ in 0..<20 { seen.insert(try await pull.receive().number) }
            #expect(seen == Set(0..<20))
        }
    }

    @Test("over inproc, refuses a socket that does not fit once the name is bound")
    func misfit() async throws {
        let endpoint = try await Transport.inproc.fresh()
        try await withSockets { context in
            let (push, rep) = (try context.makePushSocket(), try context.makeRepSocket())
            let log = EventLog(push)
            try await push.connect(to: endpoint)
            #expect(try push.trySend("lost"))
            try await rep.bind(to: endpoint)
            let event = try await log.wait(for: .handshakeFailed)
            #expect(event.reason?.isRefusal == true)
            #expect(try push.trySend("nobody there") == false)
        }
    }

    @Test("over inproc, may happen at the same moment as binding")
    func race() async throws {
        try await withSockets { context in
            for number in 0..<500 {
                let endpoint = "inproc://\(Fresh.name())"
                let (push, pull) = (try context.makePushSocket(), try context.makePullSocket())
                async let binding = pull.bind(to: endpoint)
                async let connecting: Void = push.connect(to: endpoint)
                _ = try await (binding, connecting)
                try await push.send(Message(number: number))
                // What was handed over is with the other side: there is nothing to wait for.
                let report = await push.close()
                #expect(report.lost == 0)
                #expect(try await pull.receive().number == number)
                await pull.close()
            }
        }
    }
}
