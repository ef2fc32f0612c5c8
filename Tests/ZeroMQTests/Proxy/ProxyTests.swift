// Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.

import Testing
import ZeroMQ
import ZeroMQTesting

@Suite("Proxy", .timeLimit(.minutes(3)))
struct ProxyTests {
    @Test("passes requests to workers and replies to clients", arguments: Transport.allCases)
    func routerAndDealer(transport: Transport) async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let frontend = try await router.bind(to: transport.wildcard())
            let backend = try await dealer.bind(to: transport.wildcard())
            try await withProxy(Proxy(frontend: router, backend: dealer)) {
                let workers = try (0..<3).map { _ in try context.makeRepSocket() }
                for worker in workers { try await worker.connect(to: backend) }
                let serving = workers.map { worker in
                    Task { for try await request in worker.messages { try await worker.send(request) } }
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<10 {
                        group.addTask {
                            let req = try context.makeReqSocket()
                            try await req.connect(to: frontend)
                            for number in 0..<50 {
                                let question: Message = [Message.Part("\(client)"), Message.Part("\(number)")]
                                #expect(try await req.request(question) == question)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                for task in serving { task.cancel() }
            }
        }
    }

    @Test("passes a pipeline on, one way", arguments: Transport.allCases)
    func pullAndPush(transport: Transport) async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let (source, sink) = (try context.makePushSocket(), try context.makePullSocket())
            try await join(pull, source, over: transport)
            try await join(push, sink, over: transport)
            try await withProxy(Proxy(frontend: pull, backend: push)) {
                async let sending: Void = send(0..<10_000, to: source)
                try await expect(0..<10_000, from: sink)
                try await sending
            }
        }
    }

    @Test(
        "passes messages of all sizes, whatever the types", arguments: Transport.allCases,
        [(SocketType.pull, SocketType.push), (.dealer, .dealer), (.pair, .pair)])
    func oneWay(transport: Transport, types: (front: SocketType, back: SocketType)) async throws {
        try await withSockets { context in
            let (front, back) = (try context.makeSocket(types.front), try context.makeSocket(types.back))
            let (source, sink) = (try context.makeSocket(types.back), try context.makeSocket(types.front))
            try await join(front, source, over: transport)
            try await join(back, sink, over: transport)
            try await withProxy(Proxy(frontend: front, backend: back)) {
                // Alone, each being the first and the last of what is passed on, and then many together.
                let messages: [Message] = [
                    "", "one", ["", ""], ["two", ""], Message(repeatElement(1, count: 300)),
                    [Message.Part(repeatElement(2, count: 5000)), ""], "",
                ]
                for message in messages {
                    try await source.send(message)
                    #expect(try await sink.receive() == message)
                }
                let many = (0..<200).flatMap { _ in messages }
                async let sending: Void = { for message in many { try await source.send(message) } }()
                for message in many { try #require(try await sink.receive() == message) }
                try await sending
            }
        }
    }

    @Test("drops a worker's message that names no client, and goes on", arguments: Transport.allCases)
    func nobodyNamed(transport: Transport) async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let (client, worker) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(router, client, over: transport)
            try await join(dealer, worker, over: transport)
            try await withProxy(Proxy(frontend: router, backend: dealer)) {
                try await client.send("question")
                let request = try await worker.receive()
                let nameless: [Message] = ["", ["", ""], "nobody", ["nobody", "answer"], Message(request[0])]
                for message in nameless {
                    try await worker.send(message)
                    try await worker.send(request)
                    #expect(try await client.receive() == "question")
                }
                for message in nameless + [request] { try await worker.send(message) }
                #expect(try await client.receive() == "question")
            }
        }
    }

    @Test("works for pairs, for run-time types and with either side in front", arguments: Transport.allCases)
    func otherTypes(transport: Transport) async throws {
        try await withSockets { context in
            let (dealer, router) = (try context.makeSocket(.dealer), try context.makeSocket(.router))
            let client = try context.makeDealerSocket()
            let server = try context.makeDealerSocket()
            try await join(router, client, over: transport)
            try await join(dealer, server, over: transport)
            try await withProxy(Proxy(frontend: dealer, backend: router)) {
                try await client.send(["question", "of two parts"])
                let request = try await server.receive()
                #expect(request.count == 3)
                try await server.send(request)
                #expect(try await client.receive() == ["question", "of two parts"])
            }
        }
    }

    @Test("forwards what comes to a socket that is both sides")
    func oneSocket() async throws {
        try await withSockets { context in
            let (echo, client) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(echo, client, over: .inproc)
            try await withProxy(Proxy(frontend: echo, backend: echo)) {
                for number in 0..<100 {
                    try await client.send(Message(number: number))
                    #expect(try await client.receive().number == number)
                }
            }
        }
    }

    @Test("shows everything to the capture socket, both ways", arguments: Transport.allCases)
    func capture(transport: Transport) async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let (capture, watcher) = (try context.makePushSocket(), try context.makePullSocket())
            let client = try context.makeDealerSocket(.with { $0.routingID = "ann" })
            let server = try context.makeRepSocket()
            try await join(router, client, over: transport)
            try await join(dealer, server, over: transport)
            try await join(watcher, capture, over: transport)
            try await withProxy(Proxy(frontend: router, backend: dealer, capture: capture)) {
                for number in 0..<20 {
                    try await client.send(Message(number: number).delimited)
                    try await server.send(try await server.receive())
                    #expect(try await client.receive() == Message(number: number).delimited)
                    let both: Message = ["ann", "", Message.Part("\(number)")]
                    for _ in 0..<2 { #expect(try await watcher.receive() == both) }
                }
            }
        }
    }

    @Test("holds messages back while the capture socket has no room")
    func slowCapture() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let (source, sink) = (try context.makePushSocket(), try context.makePullSocket())
            let capture = try context.makePushSocket(.marks(sending: 1, receiving: 1))
            let watcher = try context.makePullSocket(.marks(sending: 1, receiving: 1))
            try await join(pull, source, over: .inproc)
            try await join(push, sink, over: .inproc)
            try await join(watcher, capture, over: .inproc)
            try await withProxy(Proxy(frontend: pull, backend: push, capture: capture)) {
                try await send(0..<100, to: source)
                var passed = 0
                for number in 0..<100 {
                    #expect(try await watcher.receive().number == number)
                    while let message = try sink.tryReceive() {
                        #expect(message.number == passed)
                        passed += 1
                    }
                    // Two fit into the pipe to the watcher, and one may be in the proxy's hands.
                    #expect(passed <= number + 4)
                }
                try await expect(passed..<100, from: sink)
            }
        }
    }

    @Test("obeys high-water marks: clients wait while no worker reads", arguments: [Transport.inproc])
    func highWaterMarks(transport: Transport) async throws {
        try await withSockets { context in
            let marks = SocketOptions.marks(sending: 2, receiving: 2)
            let (pull, push) = (try context.makePullSocket(marks), try context.makePushSocket(marks))
            let (source, sink) = (try context.makePushSocket(marks), try context.makePullSocket(marks))
            try await join(pull, source, over: transport)
            try await join(push, sink, over: transport)
            try await withProxy(Proxy(frontend: pull, backend: push)) {
                // Four fit into each pipe, and one may be in the proxy's hands. A sender that was refused is told again
                // when half of a pipe is free, so that one place may stay empty.
                var sent = 0
                while try await sends({
                    try await source.send(Message(number: sent), within: sent < 7 ? .seconds(60) : .milliseconds(500))
                }) {
                    sent += 1
                    try #require(sent <= 9, "more messages are under way than fit")
                }
                #expect(sent >= 7)
                try await expect(0..<sent, from: sink)
                try await source.send(Message(number: sent))
                #expect(try await sink.receive().number == sent)
            }
        }
    }

    @Test("that is cancelled and started again loses nothing", arguments: Transport.allCases)
    func restarted(transport: Transport) async throws {
        let total = 3000
        try await withSockets { context in
            let marks = SocketOptions.marks(sending: 3, receiving: 3)
            let (pull, push) = (try context.makePullSocket(marks), try context.makePushSocket(marks))
            let (source, sink) = (try context.makePushSocket(marks), try context.makePullSocket(marks))
            try await join(pull, source, over: transport)
            try await join(push, sink, over: transport)
            let proxying = Task {
                while !Task.isCancelled {
                    let run = Task { try await Proxy(frontend: pull, backend: push).run() }
                    for _ in 0..<Int.random(in: 0..<5000) { await Task.yield() }
                    run.cancel()
                    await #expect(throws: CancellationError.self) { try await run.value }
                }
            }
            async let sending: Void = send(0..<total, to: source)
            try await expect(0..<total, from: sink)
            try await sending
            proxying.cancel()
            await proxying.value
        }
    }

    @Test("that is cancelled while the capture socket has no room loses nothing")
    func restartedWithSlowCapture() async throws {
        try await withSockets { context in
            let (pull, push) = (try context.makePullSocket(), try context.makePushSocket())
            let (source, sink) = (try context.makePushSocket(), try context.makePullSocket())
            let capture = try context.makePushSocket(.marks(sending: 1, receiving: 1))
            let watcher = try context.makePullSocket(.marks(sending: 1, receiving: 1))
            try await join(pull, source, over: .inproc)
            try await join(push, sink, over: .inproc)
            try await join(watcher, capture, over: .inproc)
            try await send(0..<100, to: source)
            for number in 0..<100 {
                let run = Task { try await Proxy(frontend: pull, backend: push, capture: capture).run() }
                #expect(try await watcher.receive().number == number)
                for _ in 0..<Int.random(in: 0..<20) { await Task.yield() }
                run.cancel()
                await #expect(throws: CancellationError.self) { try await run.value }
            }
            try await expect(0..<100, from: sink)
        }
    }

    @Test("takes nothing while there is nobody to take it", arguments: Transport.allCases)
    func noBackend(transport: Transport) async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let backend = try await dealer.bind(to: transport.wildcard())
            let client = try context.makeDealerSocket()
            try await join(router, client, over: transport)
            try await send(0..<10, to: client)
            let first = Task { try await Proxy(frontend: router, backend: dealer).run() }
            for _ in 0..<10 { await Task.yield() }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            // All of it is still there.
            try await withProxy(Proxy(frontend: router, backend: dealer)) {
                let worker = try context.makeDealerSocket()
                try await worker.connect(to: backend)
                for number in 0..<10 { #expect(try await worker.receive()[1] == Message.Part("\(number)")) }
            }
        }
    }

    @Test("passes each message once while the application answers on one of its sockets")
    func sharedSocket() async throws {
        try await withSockets { context in
            let front = try context.makeDealerSocket(.with { $0.sendHighWaterMark = 1 })
            let client = try context.makeDealerSocket(.with { $0.receiveHighWaterMark = 1 })
            let (back, worker) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(front, client, over: .inproc)
            try await join(back, worker, over: .tcp)
            try await withProxy(Proxy(frontend: front, backend: back)) {
                // More than the client has room for: what waits makes of all that the application sends answers.
                try await send(0..<20, to: worker)
                #expect(try await client.receive().number == 0)
                for _ in 0..<20 {
                    try await back.send("own")
                    try await send(0..<40, to: client)
                    var expected = 0..<40
                    for _ in 0...40 {
                        let message = try await worker.receive()
                        if message != "own" { #expect(message.number == expected.popFirst()) }
                    }
                }
                #expect(try worker.tryReceive() == nil)
            }
        }
    }

    @Test("keeps the order of messages of all sizes, and counts them", arguments: Transport.allCases)
    func sizes(transport: Transport) async throws {
        let sizes = [0, 1, 32, 33, 255, 256, 4000, 4085, 4096, 5000, 16_384, 70_000]
        let rounds = 40
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            let (client, worker) = (try context.makeDealerSocket(), try context.makeDealerSocket())
            try await join(router, client, over: transport)
            try await join(dealer, worker, over: transport)
            let control = ProxyControl()
            try await withProxy(Proxy(frontend: router, backend: dealer, control: control)) {
                async let sending: Void = {
                    for round in 0..<rounds {
                        for size in sizes {
                            let body = Message.Part(repeatElement(UInt8(round), count: size))
                            try await client.send(round.isMultiple(of: 2) ? Message(body) : [body, "end"])
                        }
                    }
                }()
                async let echoing: Void = {
                    for _ in 0..<rounds * sizes.count { try await worker.send(try await worker.receive()) }
                }()
                for round in 0..<rounds {
                    for size in sizes {
                        let body = Message.Part(repeatElement(UInt8(round), count: size))
                        let reply = try await client.receive()
                        try #require(reply == (round.isMultiple(of: 2) ? Message(body) : [body, "end"]))
                    }
                }
                _ = try await (sending, echoing)
            }
            let octets = rounds * (sizes.reduce(0, +) + sizes.count * 5) + rounds / 2 * sizes.count * 3
            for side in [control.statistics.frontend, control.statistics.backend] {
                for traffic in [side.received, side.sent] {
                    #expect(traffic.messages == rounds * sizes.count)
                    #expect(traffic.parts == rounds * sizes.count * 5 / 2)
                    #expect(traffic.bytes == octets)
                }
            }
        }
    }

    @Test("ends when one of its sockets is closed", arguments: [true, false])
    func closed(isFrontend: Bool) async throws {
        try await withSockets { context in
            let (router, dealer) = (try context.makeRouterSocket(), try context.makeDealerSocket())
            try await router.bind(to: Transport.tcp.wildcard())
            try await dealer.bind(to: Transport.tcp.wildcard())
            let run = Task { try await Proxy(frontend: router, backend: dealer).run() }
            await Task.yield()
            if isFrontend { await router.close() } else { await dealer.close() }
            await expectError(.closed) { try await run.value }
        }
    }

    @Test("goes on when a client leaves before its reply comes", arguments: Transport.allCases, [true, false])
    func clientLeaves(transport: Transport, isMandatory: Bool) async throws {
        try await withSockets { context in
            let router = try context.makeRouterSocket(.with { $0.routerMandatory = isMandatory })
            let dealer = try context.makeDealerSocket()
            let worker = try context.makeDealerSocket()
            let frontend = try await router.bind(to: transport.wildcard())
            try await join(dealer, worker, over: transport)
            let log = EventLog(router)
            try await withProxy(Proxy(frontend: router, backend: dealer), mayEnd: isMandatory) {
                let leaving = try context.makeDealerSocket()
                try await leaving.connect(to: frontend)
                try await leaving.send("question")
                let request = try await worker.receive()
                await leaving.close()
                if transport != .inproc { try await log.wait(for: .disconnected) }
                try await worker.send(request)
                guard !isMandatory else { return }
                let client = try context.makeDealerSocket()
                try await client.connect(to: frontend)
                try await client.send("next")
                try await worker.send(try await worker.receive())
                #expect(try await client.receive() == "next")
            }
        }
    }
}

/// Runs a proxy beside a test.
func withProxy(_ proxy: Proxy, mayEnd: Bool = false, _ body: () async throws -> Void) async throws {
    let run = Task { try await proxy.run() }
    defer { run.cancel() }
    try await body()
    run.cancel()
    do {
        try await run.value
    } catch is CancellationError {
    } catch  where mayEnd {}
}
